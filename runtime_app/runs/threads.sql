-- name: get_thread :one
select owner, on_busy from runtime.threads where thread_id = %(thread_id)s;

-- name: set_on_busy :one
-- Returns no row when the thread is somebody else's.
insert into runtime.threads as t (thread_id, owner, on_busy)
values (%(thread_id)s, %(owner)s, %(on_busy)s)
on conflict (thread_id) do update
   set on_busy = excluded.on_busy
 where t.owner = excluded.owner
returning thread_id;
