-- Runs that were at work before there were slots hold them too, or others of their thread would
-- start beside them. They may be more than there are slots; newcomers wait until they are not.
insert into runtime.slots as s (key, holders)
select key, array_agg(r.run_id order by r.run_id)
  from runtime.runs r, unnest(runtime.slot_keys(r.thread_id, r.owner, r.autopilot_id)) as key
 where r.status in ('running', 'waiting_tool', 'waiting_approval')
 group by key
on conflict (key) do update
   set holders = s.holders || array(
     select unnest(excluded.holders) except select unnest(s.holders));

-- Whether every key has a slot for the run, were p_leaving gone; and of the runs of the same thread
-- that came before it none is being cancelled, and none with a message is in line or on the way to
-- it: answers come in the order asked for, and what is interrupted ends first.
create or replace function runtime.slots_free(
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
         and r.run_id is distinct from p_leaving
         and (r.created_at, r.run_id) < (p_since, p_run_id)
         and (r.status = 'canceling'
              or (r.status = 'accepted'
                  and exists (select from runtime.frames f
                               where f.run_id = r.run_id and f.frame_type = 'user_message'))));
end $$;

-- The first runs in line for any of these keys that could start, were p_leaving gone. Who waits for
-- a key that is full is passed over at once: an autopilot's line may be long.
create or replace function runtime.next_in_line(
  p_keys text[], p_leaving text, p_but text[], p_count int, p_limits int[])
returns setof runtime.slot_line language plpgsql stable as $$
declare
  full_keys text[] := array(
    select s.key from runtime.slots s
     where s.key = any(p_keys)
       and cardinality(array_remove(s.holders, p_leaving))
             >= runtime.slot_limit(s.key, p_limits));
begin
  return query
  select l.* from (
    select * from runtime.slot_line w
     where w.keys && p_keys and not w.keys && full_keys
       and w.granted_at is null and w.run_id <> all(p_but)
     order by w.turn_at, w.since, w.run_id
    offset 0) l  -- in order, then looked at one by one
   where runtime.slots_free(l.run_id, l.keys, l.since, p_leaving, p_limits)
   limit p_count;
end $$;
