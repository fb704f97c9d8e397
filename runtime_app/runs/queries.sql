-- name: insert_run :one
-- The run and its head, and its thread where that is new. Returns a row when the run is new.
-- A thread of somebody else violates runs_thread_owner.
with thread as (
  insert into runtime.threads (thread_id, owner)
  values (%(thread_id)s, %(owner)s)
  on conflict do nothing  -- of either key: two first starts at once may meet in the second
), fresh as (
  insert into runtime.runs (
    run_id, thread_id, owner_user_id, owner_guest_scope, autopilot_id, mode, model, caps,
    request_mac, sanitized_by, code_version, key_id)
  values (
    %(run_id)s, %(thread_id)s, %(user_id)s, %(guest_scope)s, %(autopilot_id)s, %(mode)s,
    %(model)s, %(caps)s::jsonb, %(request_mac)s, %(sanitized_by)s, %(code_version)s,
    %(key_id)s)
  on conflict (run_id) do nothing
  returning run_id
)
insert into runtime.run_heads (run_id)
select run_id from fresh
returning run_id;

-- name: get_run :one
select * from runtime.run_view where run_id = %(run_id)s;

-- name: lock_run :one
-- Locks head, then run: what is read stays true until the transaction ends.
select * from runtime.run_view where run_id = %(run_id)s for no key update;

-- name: autopilot_of :one
select autopilot_id from runtime.runs where run_id = %(run_id)s;

-- name: thread_owner :one
select owner from runtime.threads where thread_id = %(thread_id)s;

-- name: live_runs :all
-- Newest first.
select * from runtime.run_view
 where status <> all (array['completed', 'failed', 'canceled'])
 order by created_at desc
 limit %(limit)s;

-- name: ended_runs :all
-- Last ended first.
select * from runtime.run_view
 where terminal_at is not null
 order by terminal_at desc, run_id desc
 limit %(limit)s;

-- name: runs_of_thread :all
-- Newest first.
select * from runtime.run_view
 where thread_id = %(thread_id)s
 order by created_at desc, run_id desc
 limit %(limit)s;
