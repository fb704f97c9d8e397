-- How many runs of one provider are at work at once, over all processes: a key like the others. A
-- release that gives no limit for it enters its runs under the key and waits for nobody.

-- Who answers a run of this model; null where nobody outside does: a script that plays no part, or
-- a run that is one tool call.
create function runtime.slot_provider(p_model text, p_mode text)
  returns text language sql immutable parallel safe
  return case
    when p_mode = 'tool' or position('/' in p_model) = 0 then null
    when p_model like 'scripted/%' then 'scripted.' || substring(p_model from '[?&]as=([a-z]+)')
    else split_part(p_model, '/', 1) end;

-- In the order in which they are locked.
create function runtime.keys_of_run(p_run runtime.runs)
  returns text[] language plpgsql immutable parallel safe as $$
begin
  return array_remove(
    array['autopilot:' || (p_run).autopilot_id, 'owner:' || (p_run).owner,
          'provider:' || runtime.slot_provider((p_run).model, (p_run).mode),
          'thread:' || (p_run).thread_id], null);
end $$;

-- p_limits, here and below: slots of a thread, of an owner, of an autopilot, of a provider.
create or replace function runtime.slot_limit(p_key text, p_limits int[])
  returns int language sql immutable parallel safe
  return p_limits[case split_part(p_key, ':', 1)
                    when 'thread' then 1 when 'owner' then 2 when 'provider' then 4 else 3 end];

-- As before, of all keys of a run.
create or replace function runtime.take_slots(
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
  keys := runtime.keys_of_run(run);
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

-- As before, of all keys of a run. A provider's line may be long, and holds whoever waits for
-- anything: it is looked through only where the provider itself had no slot left.
create or replace function runtime.release_slots(p_run_id text, p_limits int[])
returns setof text language plpgsql as $$
declare
  mine   text[];
  locked text[];
  wanted text[];
  woken  text[] := '{}';
  line   runtime.slot_line;
begin
  select runtime.keys_of_run(r) into mine from runtime.runs r where r.run_id = p_run_id;
  wanted := runtime.keys_waited_for(mine, p_limits);
  locked := array(
    select key from (
      select unnest(mine) as key
      union
      select unnest(n.keys) from runtime.next_in_line(wanted, p_run_id, '{}', 8, p_limits) n) likely
    order by key collate "C");
  perform runtime.lock_slots(locked);
  wanted := runtime.keys_waited_for(mine, p_limits);
  update runtime.slots s set holders = array_remove(s.holders, p_run_id) where s.key = any(mine);
  delete from runtime.slot_line w where w.run_id = p_run_id;
  loop
    select * into line from runtime.next_in_line(wanted, null, woken, 1, p_limits);
    exit when line.run_id is null or cardinality(woken) = 16;
    woken := woken || line.run_id;
    if line.keys <@ locked then
      perform runtime.grant_slots(line.run_id, p_limits);
    end if;
    return next line.run_id;
  end loop;
  delete from runtime.slots s where s.key = any(locked) and s.holders = '{}';
end $$;

-- Those of a run's keys that somebody may wait for: all but a provider that has slots left.
create function runtime.keys_waited_for(p_keys text[], p_limits int[])
returns text[] language plpgsql stable as $$
begin
  return array(
    select wanted.key from unnest(p_keys) as wanted (key)
     where wanted.key not like 'provider:%'
        or exists (
          select from runtime.slots s
           where s.key = wanted.key
             and cardinality(s.holders) >= runtime.slot_limit(s.key, p_limits)));
end $$;

-- Who is at work or has been given its slots holds this one too; who waits, waits for it too.
update runtime.slot_line w
   set keys = runtime.keys_of_run(r)
  from runtime.runs r
 where r.run_id = w.run_id;

insert into runtime.slots as s (key, holders)
select 'provider:' || runtime.slot_provider(r.model, r.mode), array_agg(r.run_id order by r.run_id)
  from runtime.runs r
 where runtime.slot_provider(r.model, r.mode) is not null
   and r.status not in ('completed', 'failed', 'canceled')
   and (r.status in ('running', 'waiting_tool', 'waiting_approval')
        or exists (select from runtime.slot_line w
                    where w.run_id = r.run_id and w.granted_at is not null))
 group by 1
on conflict (key) do update
   set holders = s.holders || array(
     select unnest(excluded.holders) except select unnest(s.holders));
