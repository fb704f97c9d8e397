-- name: waits_for_client :one
-- Only calls of client-side tools are open, and nothing has happened since. A queued task has no worker.
select h.seq = %(position)s and bool_and(t.worker is not distinct from 'client') as waits
  from runtime.run_heads h
  left join runtime.tool_tasks t
    on t.run_id = h.run_id and t.state in ('queued', 'running', 'streaming')
 where h.run_id = %(run_id)s
 group by h.seq;
