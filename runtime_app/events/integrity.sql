-- name: top_of :one
-- The head, and the first event that is stored past it: of one moment, so that what is being appended
-- is neither or both.
select seq, chain_head,
       (select e.seq
          from runtime.run_events e
         where e.run_id = %(run_id)s and e.seq > h.seq
         order by e.seq
         limit 1) as beyond
  from runtime.run_heads h
 where run_id = %(run_id)s;
