-- name: find_call :one
-- A call that the client was asked for; its head is locked by who asks.
select tool_name, state, output, error,
       trace_id, request_id, span_id, trace_flags, tracestate
  from runtime.tool_tasks
 where tool_call_id = %(tool_call_id)s and run_id = %(run_id)s and worker = %(client)s;

-- name: answer_call :one
update runtime.tool_tasks
   set state = %(state)s, output = %(output)s, output_hash = %(output_hash)s,
       output_bytes = %(output_bytes)s, error_class = %(error_class)s, error = %(error)s,
       sanitized_by = %(sanitized_by)s, updated_at = now(), ended_at = now()
 where tool_call_id = %(tool_call_id)s and run_id = %(run_id)s and worker = %(client)s
   and state = 'running'
returning extract(epoch from clock_timestamp() - claimed_at)::float8 as took_s;
