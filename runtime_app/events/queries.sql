-- The log's statements. Functions live in the migrations; everything here is one call or one read.

-- name: append_events :one
select outcome, seq, cancel_requested, occurred_at
  from runtime.append_events(
    %(run_id)s, %(expected_seq)s, %(epoch)s,
    %(types)s::text[], %(versions)s::int[], %(classes)s::text[], %(payloads)s::text[],
    %(status)s, %(trace_id)s, %(request_id)s,
    %(span_id)s, %(trace_flags)s::smallint, %(tracestate)s);

-- name: append_many :all
select run_id, outcome, seq, cancel_requested, occurred_at
  from runtime.append_many(
    %(run_ids)s::text[], %(epochs)s::bigint[], %(counts)s::int[],
    %(types)s::text[], %(versions)s::int[], %(classes)s::text[], %(payloads)s::text[],
    %(trace_ids)s::text[], %(request_ids)s::text[], %(span_ids)s::text[],
    %(trace_flags)s::smallint[]);

-- name: get_head :one
select seq, chain_head, epoch, cancel_requested, closed_seq, floor_seq
  from runtime.run_heads
 where run_id = %(run_id)s;

-- name: lock_head :one
select seq, epoch, cancel_requested, closed_seq
  from runtime.run_heads
 where run_id = %(run_id)s
   for update;

-- Pages of a log are ranges of seqs, which have no gaps: a range is found by the index whatever the
-- planner believes. With a limit instead it may sort all that follows for each page, when it does not
-- know yet how long the run has become.

-- name: read_page :all
-- Bounded in bytes as well; the event that goes beyond is still in it.
select seq, event_type, event_version, payload, occurred_at, payload_bytes
  from (select n.*, sum(n.payload_bytes) over (order by n.seq) - n.payload_bytes as bytes_before
          from (select seq, event_type, event_version, payload, occurred_at,
                       coalesce(octet_length(payload), 0) as payload_bytes
                  from runtime.run_events
                 where run_id = %(run_id)s and seq > %(after)s and seq <= %(until)s) as n) as e
 where bytes_before < %(limit_bytes)s
 order by seq;

-- name: read_for_fold :all
-- What only readers need is left out; the fold uses completed parts. The last event is there
-- whatever it is: a decision is made on the head, and the fold must stand on it. A row without an
-- event says how far the log reaches, should the page have none. Bounded in bytes as read_page is.
select h.seq as head_seq, e.seq, e.event_type, e.event_version, e.payload, e.occurred_at,
       e.trace_id, e.request_id, e.span_id, e.trace_flags, e.tracestate, e.payload_bytes
  from runtime.run_heads h
  left join (
       select n.*, sum(n.payload_bytes) over (order by n.seq) - n.payload_bytes as bytes_before
         from (select seq, event_type, event_version, payload, occurred_at,
                      trace_id, request_id, span_id, trace_flags, tracestate,
                      coalesce(octet_length(payload), 0) as payload_bytes
                 from runtime.run_events
                where run_id = %(run_id)s and seq > %(after)s and seq <= %(until)s
                  and (event_class not in ('delta', 'progress')
                       or seq = (select seq from runtime.run_heads where run_id = %(run_id)s))
              ) as n) as e
    on e.bytes_before < %(limit_bytes)s
 where h.run_id = %(run_id)s
 order by e.seq;

-- name: read_links :all
-- Bounded in bytes as read_page is.
select seq, event_type, event_version, payload, occurred_at, payload_hash, prev_hash, event_hash
  from (select n.*, sum(n.payload_bytes) over (order by n.seq) - n.payload_bytes as bytes_before
          from (select seq, event_type, event_version, payload, occurred_at,
                       payload_hash, prev_hash, event_hash,
                       coalesce(octet_length(payload), 0) as payload_bytes
                  from runtime.run_events
                 where run_id = %(run_id)s and seq > %(after)s and seq <= %(until)s) as n) as e
 where bytes_before < %(limit_bytes)s
 order by seq;

-- name: first_after :one
select seq
  from runtime.run_events
 where run_id = %(run_id)s and seq > %(after)s
 order by seq
 limit 1;
