-- name: append_end :one
-- `append_events`, and with the run.finished that is its last event all that must be true together
-- with it. The row says what the log says: it is filled from the text that is stored.
select a.outcome, a.seq, a.cancel_requested, a.occurred_at, e.took_s, e.woken, e.cancelled
  from runtime.append_events(
    %(run_id)s, %(expected_seq)s, %(epoch)s,
    %(types)s::text[], %(versions)s::int[], %(classes)s::text[], %(payloads)s::text[],
    %(status)s, %(trace_id)s, %(request_id)s,
    %(span_id)s, %(trace_flags)s::smallint, %(tracestate)s) as a
  left join lateral runtime.end_run(
    case when a.outcome = 'ok' then %(run_id)s end, %(epoch)s,
    (%(payloads)s::text[])[cardinality(%(payloads)s::text[])]::jsonb, a.occurred_at,
    %(slots)s::int[]) as e on true;
