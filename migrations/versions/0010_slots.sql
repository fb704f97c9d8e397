-- How many runs of one thread, one owner, one autopilot may run at once, and who waits for it; and
-- what the limits on starts and frames are counted by.

-- A row per key in use, with the runs that hold a slot of it. A run holds a slot of each of its keys
-- or of none. Whoever takes or gives back locks the rows of all keys it touches, in their order.
create table runtime.slots (
  key     text primary key,
  holders text[] not null
) with (fillfactor = 50);

-- Runs that want to open a turn and found a slot taken. A row changes only under its owner's key.
create table runtime.slot_line (
  run_id     text primary key references runtime.runs on delete restrict,
  owner      text not null,
  keys       text[] not null,
  since      timestamptz not null,  -- since when the run has wanted it
  turn_at    timestamptz not null,  -- when its owner had a turn last, or it came; the line's order
  granted_at timestamptz,           -- when it was given its slots; it holds them from then on
  woken_at   timestamptz            -- when a sweep last asked for a step
);

create index slot_line_keys on runtime.slot_line using gin (keys) with (fastupdate = off);

create index runs_live_thread on runtime.runs (owner, thread_id)
  where status not in ('completed', 'failed', 'canceled');
create unique index frames_order on runtime.frames (run_id, seq desc);

-- Live runs of an owner, and those of the thread of p_run_id without p_run_id itself: all of them,
-- and how many are at work or on the way to it (a session between two turns is in nobody's way).
-- Holds p_lock until the transaction ends, and so sees every start that held it before.
create function runtime.count_live(
  p_run_id text, p_thread_id text, p_owner text, p_lock text,
  out of_owner int, out beside text[], out ahead int)
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('oa.starts.' || p_lock, 0));
  select count(*),
         coalesce(array_agg(r.run_id order by r.run_id)
                  filter (where r.thread_id = p_thread_id and r.run_id <> p_run_id), '{}'),
         count(*) filter (where r.thread_id = p_thread_id and r.run_id <> p_run_id
                            and r.status <> 'waiting_input')
    into of_owner, beside, ahead
    from runtime.runs r
   where r.owner = p_owner and r.status not in ('completed', 'failed', 'canceled');
end $$;

-- In the order in which they are locked.
create function runtime.slot_keys(p_thread_id text, p_owner text, p_autopilot_id text)
  returns text[] language sql immutable parallel safe
  return array_remove(
    array['autopilot:' || p_autopilot_id, 'owner:' || p_owner, 'thread:' || p_thread_id], null);

-- p_limits, here and below: slots of a thread, of an owner, of an autopilot.
create function runtime.slot_limit(p_key text, p_limits int[])
  returns int language sql immutable parallel safe
  return p_limits[case split_part(p_key, ':', 1)
                    when 'thread' then 1 when 'owner' then 2 else 3 end];

create function runtime.lock_slots(p_keys text[]) returns void language plpgsql as $$
declare
  each text;
begin
  foreach each in array p_keys loop
    loop
      perform from runtime.slots s where s.key = each for update;
      exit when found;
      insert into runtime.slots (key, holders) values (each, '{}') on conflict do nothing;
      exit when found;
    end loop;
  end loop;
end $$;

-- Whether every key has a slot for the run, were p_leaving gone; and no run of the same thread with
-- a message has waited for longer, in line or on the way to it: answers come in the order asked for.
create function runtime.slots_free(
  p_run_id text, p_keys text[], p_since timestamptz, p_leaving text, p_limits int[])
returns boolean language plpgsql stable as $$
begin
  return not exists (
      select from runtime.slots s
       where s.key = any(p_keys)
         and p_run_id <> all(s.holders)
         and cardinality(array_remove(s.holders, p_leaving))
               >= runtime.slot_limit(s.key, p_limits))
    and not exists (
      select from runtime.runs mine
        join runtime.runs r on r.owner = mine.owner and r.thread_id = mine.thread_id
       where mine.run_id = p_run_id
         and r.status not in ('completed', 'failed', 'canceled')
         and r.status = 'accepted'
         and (r.created_at, r.run_id) < (p_since, p_run_id)
         and exists (select from runtime.frames f
                      where f.run_id = r.run_id and f.frame_type = 'user_message'));
end $$;

-- The first runs in line for any of these keys that could start, were p_leaving gone.
create function runtime.next_in_line(
  p_keys text[], p_leaving text, p_but text[], p_count int, p_limits int[])
returns setof runtime.slot_line language plpgsql stable as $$
begin
  return query
  select l.* from (
    select * from runtime.slot_line w
     where w.keys && p_keys and w.granted_at is null and w.run_id <> all(p_but)
     order by w.turn_at, w.since, w.run_id
    offset 0) l  -- in order, then looked at one by one
   where runtime.slots_free(l.run_id, l.keys, l.since, p_leaving, p_limits)
   limit p_count;
end $$;

-- Enter a run under keys that are locked. What else its owner has in line goes behind those who
-- have waited for longer than that owner has had no turn.
create function runtime.hold_slots(p_run_id text, p_owner text, p_keys text[])
returns void language plpgsql as $$
begin
  update runtime.slots s set holders = s.holders || p_run_id
   where s.key = any(p_keys) and p_run_id <> all(s.holders);
  update runtime.slot_line w set turn_at = clock_timestamp()
   where w.keys @> array['owner:' || p_owner] and w.granted_at is null and w.run_id <> p_run_id;
end $$;

-- Take a slot of each of the run's keys, or get in line. Locks head, run, slots. True also where
-- the append that follows in the same statement is bound to be refused.
create function runtime.take_slots(
  p_run_id text, p_epoch bigint, p_expected_seq bigint, p_limits int[])
returns boolean language plpgsql as $$
declare
  head  runtime.run_heads;
  run   runtime.runs;
  keys  text[];
  since timestamptz;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  if head.run_id is null or head.closed_seq is not null
     or p_epoch <> head.epoch or p_expected_seq <> head.seq then
    return true;
  end if;
  select * into run from runtime.runs r where r.run_id = p_run_id for no key update;
  keys := runtime.slot_keys(run.thread_id, run.owner, run.autopilot_id);
  perform runtime.lock_slots(keys);
  select w.since into since from runtime.slot_line w where w.run_id = p_run_id;
  since := coalesce(
    since, case run.status when 'accepted' then run.created_at else clock_timestamp() end);
  if (select count(*) from runtime.slots s where s.key = any(keys) and p_run_id = any(s.holders))
       = cardinality(keys)  -- granted, or kept for its next turn
     or runtime.slots_free(p_run_id, keys, since, null, p_limits) then
    perform runtime.hold_slots(p_run_id, run.owner, keys);
    delete from runtime.slot_line w where w.run_id = p_run_id;
    return true;
  end if;
  insert into runtime.slot_line (run_id, owner, keys, since, turn_at)
  values (p_run_id, run.owner, keys, since, since)
  on conflict (run_id) do nothing;
  return false;
end $$;

-- Give a run in line its slots if they are free. Locks slots.
create function runtime.grant_slots(p_run_id text, p_limits int[])
returns boolean language plpgsql as $$
declare
  line runtime.slot_line;
begin
  select * into line from runtime.slot_line w where w.run_id = p_run_id;
  perform runtime.lock_slots(line.keys) where line.keys is not null;
  select * into line from runtime.slot_line w where w.run_id = p_run_id and w.granted_at is null;
  if line.run_id is null
     or not runtime.slots_free(p_run_id, line.keys, line.since, null, p_limits) then
    return false;
  end if;
  perform runtime.hold_slots(p_run_id, line.owner, line.keys);
  update runtime.slot_line w set granted_at = clock_timestamp() where w.run_id = p_run_id;
  return true;
end $$;

-- Give a run's slots back and hand them to the next in line, who are returned to be woken. Locks
-- slots: the run's own, and those of who is likely to be next. One that turns out to be next under
-- a key that is not locked is woken all the same, and takes its slots by itself.
create function runtime.release_slots(p_run_id text, p_limits int[])
returns setof text language plpgsql as $$
declare
  mine   text[];
  locked text[];
  woken  text[] := '{}';
  line   runtime.slot_line;
begin
  select runtime.slot_keys(r.thread_id, r.owner, r.autopilot_id) into mine
    from runtime.runs r where r.run_id = p_run_id;
  locked := array(
    select key from (
      select unnest(mine) as key
      union
      select unnest(n.keys) from runtime.next_in_line(mine, p_run_id, '{}', 8, p_limits) n) wanted
    order by key collate "C");
  perform runtime.lock_slots(locked);
  update runtime.slots s set holders = array_remove(s.holders, p_run_id) where s.key = any(mine);
  delete from runtime.slot_line w where w.run_id = p_run_id;
  loop
    select * into line from runtime.next_in_line(mine, null, woken, 1, p_limits);
    exit when line.run_id is null or cardinality(woken) = 16;
    woken := woken || line.run_id;
    if line.keys <@ locked then
      perform runtime.grant_slots(line.run_id, p_limits);
    end if;
    return next line.run_id;
  end loop;
  delete from runtime.slots s where s.key = any(locked) and s.holders = '{}';
end $$;

-- As park_lease, for a run that stands in line: one that has been given its slots goes on.
create function runtime.park_in_line(
  p_run_id text, p_epoch bigint, p_seen_seq bigint)
returns text language plpgsql as $$
begin
  perform from runtime.run_heads h where h.run_id = p_run_id for update;
  if exists (select from runtime.slot_line w
              where w.run_id = p_run_id and w.granted_at is not null) then
    return 'moved';
  end if;
  return runtime.park_lease(p_run_id, p_epoch, p_seen_seq);
end $$;
