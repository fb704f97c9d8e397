-- name: acquire_lease :all
-- `silent_s`: after a loss, since the last sign of life of the one that was lost. What the function
-- does is not seen by a subquery of its own statement: the row is the one before.
-- With a short log come the events that its fold needs, read once the lease is granted.
select a.outcome, a.epoch, a.seq as head_seq, clock_timestamp() as answered_at,
       (select extract(epoch from clock_timestamp() - l.heartbeat_at)::float8
          from runtime.run_leases l
         where l.run_id = %(run_id)s and l.owner is null) as silent_s,
       e.seq, e.event_type, e.event_version, e.payload, e.occurred_at,
       e.trace_id, e.request_id, e.span_id, e.trace_flags, e.tracestate
  from runtime.acquire_lease(%(run_id)s, %(owner)s, %(ttl_s)s, %(code_version)s) a
  left join lateral runtime.read_for_fold(
    case when a.outcome = 'granted' and a.seq <= %(short)s then %(run_id)s end, 0, a.seq) e on true;

-- name: renew_leases :all
-- All leases of one process at once. Returns those that are still held, with the cancel flag.
with mine as (
  select * from unnest(%(run_ids)s::text[], %(epochs)s::bigint[]) as m (run_id, epoch)
), renewed as (
  update runtime.run_leases l
     set expires_at = clock_timestamp() + make_interval(secs => %(ttl_s)s),
         heartbeat_at = clock_timestamp()
    from mine m
   where l.run_id = m.run_id and l.epoch = m.epoch and l.owner is not null
  returning l.run_id
)
select r.run_id, h.cancel_requested
  from renewed r
  join runtime.run_heads h using (run_id);

-- name: park_lease :one
select runtime.park_lease(%(run_id)s, %(epoch)s, %(seen_seq)s) as outcome;

-- name: park_in_line :one
select runtime.park_in_line(%(run_id)s, %(epoch)s, %(seen_seq)s) as outcome;

-- name: release_lease :none
-- A holder that was declared lost has nothing to release: the row is the pause.
delete from runtime.run_leases
 where run_id = %(run_id)s and epoch = %(epoch)s and owner is not null;

-- name: expired_leases :all
-- Losses nobody has declared yet, oldest first. An index cannot be searched by clock_timestamp(),
-- which may differ from row to row.
select run_id
  from runtime.run_leases
 where owner is not null and expires_at <= statement_timestamp()
 order by expires_at
 limit %(limit)s;

-- name: lock_lease :one
select owner, epoch, expires_at <= clock_timestamp() as expired
  from runtime.run_leases
 where run_id = %(run_id)s
   for update;

-- name: count_losses :one
-- Losses since the last thing that counts as progress.
select count(*) filter (where event_type = 'run.executor_lost') as losses
  from runtime.run_events
 where run_id = %(run_id)s
   and event_class <> 'delta'
   and seq > coalesce((
     select max(seq) from runtime.run_events
      where run_id = %(run_id)s
        and event_type in ('step.finished', 'tool.result', 'frame.accepted')), 0);

-- name: open_calls :all
-- Calls without a result; their run's head is locked.
select tool_call_id, tool_name
  from runtime.tool_tasks
 where run_id = %(run_id)s and state in ('queued', 'running', 'streaming')
 order by created_at, tool_call_id;

-- name: drop_lease :none
-- Of a run that has ended.
delete from runtime.run_leases where run_id = %(run_id)s;

-- name: pause_lease :none
-- The holder is out; nobody may take the run before the pause is over.
update runtime.run_leases
   set owner = null, expires_at = clock_timestamp() + make_interval(secs => %(pause_s)s)
 where run_id = %(run_id)s;

-- name: raise_epoch :none
update runtime.run_heads set epoch = epoch + 1 where run_id = %(run_id)s;
