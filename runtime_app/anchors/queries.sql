-- name: newest_anchor :one
select seq, artifact
  from runtime.run_anchors
 where run_id = %(run_id)s
 order by seq desc
 limit 1;

-- name: record_anchor :none
insert into runtime.run_anchors (run_id, seq, chain_head, key_id, artifact, anchored_at)
values (%(run_id)s, %(seq)s, %(chain_head)s, %(key_id)s, %(artifact)s, %(anchored_at)s)
on conflict do nothing;
