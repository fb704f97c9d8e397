-- name: insert_task :none
-- Tasks of one transaction keep their order.
insert into runtime.tool_tasks (
  tool_call_id, run_id, tool_name, input, input_hash, timeout_s, created_at,
  sanitized_by, trace_id, request_id, span_id, trace_flags, tracestate)
values (
  %(tool_call_id)s, %(run_id)s, %(tool_name)s, %(input)s,
  sha256(convert_to(%(input)s, 'UTF8')), %(timeout_s)s, clock_timestamp(),
  %(sanitized_by)s, %(trace_id)s, %(request_id)s, %(span_id)s, %(trace_flags)s, %(tracestate)s)
on conflict (tool_call_id) do nothing;

-- name: claim_task :one
-- By somebody who has the tool, and while the run goes on. Who has not heard whether a claim was
-- committed asks again with the same token, and has the task from then on.
update runtime.tool_tasks t
   set state = 'running', attempt = attempt + (state = 'queued')::int, worker = %(worker)s,
       claim_token = %(token)s, code_version = %(code_version)s, updated_at = now(),
       claimed_at = now(), heartbeat_at = now(),
       deadline = now() + make_interval(secs => timeout_s)
 where tool_call_id = %(tool_call_id)s
   and (state = 'queued' or state = 'running' and claim_token = %(token)s)
   and (%(names)s::text[] is null or tool_name = any(%(names)s::text[]))
   and exists (
     select from runtime.run_heads h
      where h.run_id = t.run_id and not h.cancel_requested and h.closed_seq is null)
returning tool_call_id, run_id, tool_name, input, attempt, timeout_s,
          trace_id, request_id, span_id, trace_flags, tracestate,
          extract(epoch from now() - created_at)::float8 as waited_s;

-- name: beat_task :one
-- A sign of life; nothing when the task is not (any more) this attempt's. The flag of the run comes
-- back with it.
update runtime.tool_tasks t
   set heartbeat_at = now()
 where t.tool_call_id = %(tool_call_id)s and t.attempt = %(attempt)s
   and t.state = any(%(at_work)s::text[])
returning (select h.cancel_requested from runtime.run_heads h where h.run_id = t.run_id);

-- name: look_at_task :one
-- The same without a write.
select h.cancel_requested
  from runtime.tool_tasks t
  join runtime.run_heads h using (run_id)
 where t.tool_call_id = %(tool_call_id)s and t.attempt = %(attempt)s
   and t.state = any(%(at_work)s::text[]);

-- name: show_progress :one
update runtime.tool_tasks
   set state = 'streaming', progress = %(progress)s, updated_at = now(), heartbeat_at = now()
 where tool_call_id = %(tool_call_id)s and attempt = %(attempt)s
   and state = any(%(at_work)s::text[])
returning tool_call_id;

-- name: end_task :one
-- Guarded by the attempt: a worker that was given up on cannot end what another has begun.
update runtime.tool_tasks
   set state = %(state)s, output = %(output)s, output_hash = %(output_hash)s,
       output_bytes = %(output_bytes)s, output_artifact = %(output_artifact)s,
       error_class = %(error_class)s, error = %(error)s,
       sanitized_by = %(sanitized_by)s, updated_at = now(), ended_at = now(),
       deadline = coalesce(deadline, now())
 where tool_call_id = %(tool_call_id)s and state = any(%(from_states)s::text[])
   and attempt = %(attempt)s
returning extract(epoch from clock_timestamp() - coalesce(claimed_at, created_at))::float8
            as took_s;

-- name: keep_late :none
-- The end of the run has cancelled the call, or a sweep has given it up; what its tool has said is
-- kept, and no more. What was given up keeps the reason unless there is a better one.
update runtime.tool_tasks
   set state = case when state in ('running', 'streaming') then 'canceled' else state end,
       late = %(is_result)s, output = %(output)s, output_hash = %(output_hash)s,
       output_bytes = %(output_bytes)s, output_artifact = %(output_artifact)s,
       error_class = case when state in ('failed', 'timed_out')
                          then coalesce(%(error_class)s, error_class) else %(error_class)s end,
       error = case when state in ('failed', 'timed_out')
                    then coalesce(%(error)s, error) else %(error)s end,
       sanitized_by = %(sanitized_by)s, updated_at = now(), ended_at = now()
 where tool_call_id = %(tool_call_id)s and attempt = %(attempt)s and not late
   and (state in ('running', 'streaming', 'canceled')
        or (%(is_result)s and (state = 'timed_out' or state = 'failed' and error_class = 'lost')));

-- name: requeue_task :one
update runtime.tool_tasks
   set state = 'queued', deadline = null, worker = null, claim_token = null, progress = null,
       updated_at = now()
 where tool_call_id = %(tool_call_id)s and attempt = %(attempt)s
   and state = any(%(at_work)s::text[])
returning tool_call_id;

-- name: overdue_tasks :all
-- At work, and nobody ends it: its worker has died, for it gives no sign of life, or hangs, for it
-- would have stopped the tool at the deadline. What a client is asked for expires instead. While
-- Postgres was away nobody could be heard: all times are counted from its start at the earliest.
-- What calls a tool that is not known here is left for long to whoever knows it.
select tool_call_id, run_id, tool_name, input, attempt, timeout_s,
       greatest(heartbeat_at, pg_postmaster_start_time())
         < now() - make_interval(secs => %(silent_s)s) as silent,
       trace_id, request_id, span_id, trace_flags, tracestate
  from runtime.tool_tasks
 where state in ('running', 'streaming')
   and (greatest(deadline, pg_postmaster_start_time())
          < now() - make_interval(secs => %(grace_s)s)
        or greatest(heartbeat_at, pg_postmaster_start_time())
          < now() - make_interval(secs => %(silent_s)s))
   and worker <> %(client)s
   and (tool_name = any(%(names)s::text[])
        or greatest(deadline, pg_postmaster_start_time())
          < now() - make_interval(secs => %(unknown_s)s))
 order by created_at
 limit %(limit)s;

-- name: forsaken_tasks :all
-- Queued for long, and of a tool that is not known here.
select tool_call_id, run_id, tool_name, input, attempt, timeout_s,
       trace_id, request_id, span_id, trace_flags, tracestate
  from runtime.tool_tasks
 where state = 'queued' and updated_at < now() - make_interval(secs => %(unknown_s)s)
   and tool_name <> all(%(names)s::text[])
 order by created_at
 limit %(limit)s;

-- name: expired_tasks :all
select tool_call_id, run_id, tool_name, input, attempt, timeout_s,
       trace_id, request_id, span_id, trace_flags, tracestate
  from runtime.tool_tasks
 where state = 'running' and worker = %(client)s and deadline < now()
 order by created_at
 limit %(limit)s;

-- name: get_holder :one
select worker from runtime.tool_tasks
 where tool_call_id = %(tool_call_id)s and state in ('running', 'streaming');

-- name: held_tasks :all
select tool_call_id, run_id, tool_name, input, attempt, timeout_s,
       trace_id, request_id, span_id, trace_flags, tracestate
  from runtime.tool_tasks
 where state in ('running', 'streaming') and worker = any(%(workers)s::text[])
 order by created_at;

-- name: waiting_tasks :all
-- Queued for longer than a message takes, of runs that go on. Each is asked for at most every 10 s,
-- and what somebody has locked is passed over, as unread heads are.
update runtime.tool_tasks
   set woken_at = statement_timestamp()
 where tool_call_id in (
   select t.tool_call_id
     from runtime.tool_tasks t
     join runtime.run_heads h using (run_id)
    where t.state = 'queued'
      and t.updated_at < now() - make_interval(secs => %(age_s)s)
      and coalesce(t.woken_at < statement_timestamp() - interval '10 seconds', true)
      and not h.cancel_requested
      and h.closed_seq is null
    order by t.created_at
    limit %(limit)s
      for update of t skip locked)
returning tool_call_id;

-- name: count_open :one
-- Not ended: of one run, and of all, counted no further than it matters.
select (select count(*) from runtime.tool_tasks
         where run_id = %(run_id)s and state in ('queued', 'running', 'streaming')) as of_run,
       (select count(*) from (
          select 1 from runtime.tool_tasks
           where state in ('queued', 'running', 'streaming') limit %(most)s) as open) as in_all;

-- name: keep_listing :none
insert into runtime.tool_listings (content_hash, content, code_version)
values (sha256(convert_to(%(content)s, 'UTF8')), %(content)s, %(code_version)s)
on conflict (content_hash) do update
   set code_version = excluded.code_version, listed_at = clock_timestamp();

-- name: take_rate :one
insert into runtime.tool_rates as r (name, window_at, used)
values (%(name)s, clock_timestamp(), 1)
on conflict (name) do update
   set (window_at, used) = (
         select case when over then clock_timestamp() else r.window_at end,
                case when over then 1 else r.used + 1 end
           from (select r.window_at <= clock_timestamp() - make_interval(secs => %(per_s)s) as over)
                as w)
 where r.used < %(calls)s
    or r.window_at <= clock_timestamp() - make_interval(secs => %(per_s)s)
returning used;

-- name: rate_left :one
select extract(epoch from window_at - clock_timestamp())::float8 + %(per_s)s as left_s
  from runtime.tool_rates
 where name = %(name)s;
