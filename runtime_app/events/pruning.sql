-- name: raise_floor :none
-- To the last delta of an ended run. Before any payload goes: whoever begins to read from then on
-- begins behind it.
update runtime.run_heads h
   set floor_seq = last.seq, floor_hash = last.event_hash
  from (select e.seq, e.event_hash
          from runtime.run_events e
         where e.run_id = %(run_id)s and e.event_class = 'delta'
         order by e.seq desc
         limit 1) as last
 where h.run_id = %(run_id)s and h.closed_seq is not null and h.floor_seq < last.seq;

-- name: prunable_keys :all
select e.seq, octet_length(e.payload) as payload_bytes
  from runtime.run_events e
 where e.run_id = %(run_id)s and e.seq > %(after)s and e.seq <= %(until)s
   and e.event_class = %(event_class)s and e.payload is not null
 order by e.seq;

-- name: prune_payloads :one
select runtime.prune_payloads(%(run_id)s, %(event_class)s, %(seqs)s::bigint[]) as pruned;

-- name: count_prunable :one
select count(*) as events, coalesce(sum(octet_length(e.payload)), 0)::bigint as payload_bytes
  from runtime.run_events e
  join runtime.run_heads h using (run_id)
 where e.run_id = %(run_id)s and h.closed_seq is not null
   and e.event_class = %(event_class)s and e.payload is not null;
