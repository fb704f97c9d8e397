-- name: lock_starts :none
-- Held until the transaction ends. What is counted next sees every start that held it before.
select pg_advisory_xact_lock(hashtextextended('oa.starts.' || %(name)s, 0));

-- name: count_live :one
-- The owner's live runs, the new one included; of its thread, without the new one: all of them, and
-- how many are at work or on the way to it. A session between two turns is in nobody's way.
select count(*) as of_owner,
       coalesce(array_agg(run_id order by run_id)
                filter (where thread_id = %(thread_id)s and run_id <> %(run_id)s), '{}') as beside,
       count(*) filter (where thread_id = %(thread_id)s and run_id <> %(run_id)s
                          and status <> 'waiting_input') as ahead
  from runtime.runs
 where owner = %(owner)s and status not in ('completed', 'failed', 'canceled');
