-- name: newest_anchor :one
select seq, artifact
  from runtime.run_anchors
 where run_id = %(run_id)s
 order by seq desc
 limit 1;

-- name: record_anchors :none
insert into runtime.run_anchors (run_id, seq, chain_head, key_id, artifact, anchored_at)
select a.*, %(anchored_at)s
  from unnest(%(run_ids)s::text[], %(seqs)s::bigint[], %(heads)s::bytea[], %(key_ids)s::text[],
              %(artifacts)s::text[]) as a
on conflict do nothing;
