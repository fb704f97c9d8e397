-- A run that is one tool call has no slot of its thread, and no run of the thread counts it.

create or replace function runtime.keys_of_run(p_run runtime.runs)
  returns text[] language plpgsql immutable parallel safe as $$
begin
  return array_remove(
    array['autopilot:' || (p_run).autopilot_id, 'owner:' || (p_run).owner,
          'provider:' || runtime.slot_provider((p_run).model, (p_run).mode),
          case when (p_run).mode <> 'tool' then 'thread:' || (p_run).thread_id end], null);
end $$;

-- As before, but for the runs that are one tool call: they count as the owner's only.
create or replace function runtime.count_live(
  p_run_id text, p_thread_id text, p_owner text, p_lock text,
  out of_owner int, out beside text[], out ahead int)
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('oa.starts.' || p_lock, 0));
  select count(*),
         coalesce(array_agg(r.run_id order by r.run_id)
                  filter (where r.thread_id = p_thread_id and r.run_id <> p_run_id
                            and r.mode <> 'tool'), '{}'),
         count(*) filter (where r.thread_id = p_thread_id and r.run_id <> p_run_id
                            and r.mode <> 'tool' and r.status <> 'waiting_input')
    into of_owner, beside, ahead
    from runtime.runs r
   where r.owner = p_owner and r.status not in ('completed', 'failed', 'canceled');
end $$;

-- Those of the release before let go of their thread.
update runtime.slots s
   set holders = array(
         select h.run_id from unnest(s.holders) with ordinality as h (run_id, place)
           join runtime.runs r using (run_id)
          where r.mode <> 'tool'
          order by h.place)
 where s.key like 'thread:%'
   and exists (
         select from runtime.runs r where r.run_id = any(s.holders) and r.mode = 'tool');
update runtime.slot_line l
   set keys = runtime.keys_of_run(r)
  from runtime.runs r
 where r.run_id = l.run_id and r.mode = 'tool';
