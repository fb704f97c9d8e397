-- name: insert_task :none
insert into runtime.tool_tasks (
  tool_call_id, run_id, tool_name, input, timeout_s,
  sanitized_by, trace_id, request_id, span_id, trace_flags, tracestate)
values (
  %(tool_call_id)s, %(run_id)s, %(tool_name)s, %(input)s, %(timeout_s)s,
  %(sanitized_by)s, %(trace_id)s, %(request_id)s, %(span_id)s, %(trace_flags)s, %(tracestate)s)
on conflict (tool_call_id) do nothing;

-- name: claim_task :one
update runtime.tool_tasks
   set state = 'running', attempt = attempt + 1, worker = %(worker)s, updated_at = now(),
       deadline = now() + make_interval(secs => timeout_s)
 where tool_call_id = %(tool_call_id)s and state = 'queued'
returning tool_call_id, run_id, tool_name, input, attempt,
          trace_id, request_id, span_id, trace_flags, tracestate,
          extract(epoch from now() - created_at)::float8 as waited_s;

-- name: end_task :one
-- Guarded by the attempt: a worker that was given up on cannot end what another has begun.
update runtime.tool_tasks
   set state = %(state)s, output = %(output)s, error_class = %(error_class)s, error = %(error)s,
       sanitized_by = %(sanitized_by)s, updated_at = now()
 where tool_call_id = %(tool_call_id)s and state = any(%(from_states)s::text[])
   and attempt = %(attempt)s
returning extract(epoch from clock_timestamp() - deadline)::float8 + timeout_s as took_s;

-- name: keep_late :none
-- The end of the run has cancelled the call; what its worker has found is kept, and no more.
update runtime.tool_tasks
   set state = 'canceled', late = true, output = %(output)s, error_class = %(error_class)s,
       error = %(error)s, sanitized_by = %(sanitized_by)s, updated_at = now()
 where tool_call_id = %(tool_call_id)s and state in ('running', 'canceled')
   and attempt = %(attempt)s and not late;

-- name: cancel_open :all
update runtime.tool_tasks
   set state = 'canceled', error_class = 'canceled', updated_at = now(),
       deadline = coalesce(deadline, now())
 where run_id = %(run_id)s and state in ('queued', 'running')
returning tool_call_id, tool_name;

-- name: requeue_task :one
update runtime.tool_tasks
   set state = 'queued', deadline = null, worker = null, updated_at = now()
 where tool_call_id = %(tool_call_id)s and state = 'running' and attempt = %(attempt)s
returning tool_call_id;

-- name: overdue_tasks :all
-- Running past the deadline: the worker died, or hangs.
select tool_call_id, run_id, tool_name, input, attempt,
       trace_id, request_id, span_id, trace_flags, tracestate
  from runtime.tool_tasks
 where state = 'running' and deadline < now()
 order by created_at
 limit %(limit)s;

-- name: get_holder :one
select worker from runtime.tool_tasks
 where tool_call_id = %(tool_call_id)s and state = 'running';

-- name: held_tasks :all
select tool_call_id, run_id, tool_name, input, attempt,
       trace_id, request_id, span_id, trace_flags, tracestate
  from runtime.tool_tasks
 where state = 'running' and worker = any(%(workers)s::text[])
 order by created_at;

-- name: waiting_tasks :all
-- Queued for longer than a message takes.
select tool_call_id
  from runtime.tool_tasks
 where state = 'queued' and updated_at < now() - make_interval(secs => %(age_s)s)
 order by created_at
 limit %(limit)s;

-- name: count_open :one
-- Queued or running: of one run, and of all, counted no further than it matters.
select (select count(*) from runtime.tool_tasks
         where run_id = %(run_id)s and state in ('queued', 'running')) as of_run,
       (select count(*) from (
          select 1 from runtime.tool_tasks
           where state in ('queued', 'running') limit %(most)s) as open) as in_all;
