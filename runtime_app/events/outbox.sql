-- name: insert_notices :none
-- The id is the same however often the notice is sent, and another for each endpoint.
insert into runtime.webhook_deliveries (
  delivery_id, endpoint, notice, run_id, thread_id, seq, status, tool_call_id, occurred_at)
select 'whd_' || left(encode(sha256(convert_to(
         concat_ws('/', n.endpoint, r.run_id, n.seq), 'UTF8')), 'hex'), 32),
       n.endpoint, n.notice, r.run_id, r.thread_id, n.seq, n.status, n.tool_call_id, n.occurred_at
  from runtime.runs r,
       unnest(%(endpoints)s::text[], %(notices)s::text[], %(seqs)s::bigint[],
              %(statuses)s::text[], %(tool_call_ids)s::text[], %(times)s::timestamptz[])
         as n (endpoint, notice, seq, status, tool_call_id, occurred_at)
 where r.run_id = %(run_id)s
on conflict (delivery_id) do nothing;
