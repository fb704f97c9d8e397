-- name: record_act :one
select runtime.record_act(
    %(actor)s, %(role)s, %(key_id)s, %(act)s, %(target)s, %(arguments)s, %(reason)s,
    %(before)s, %(after)s, %(outcome)s, %(request_id)s) as seq;

-- name: is_kept :one
select to_regclass('runtime.operator_audit') is not null as kept;

-- name: get_audit_head :one
select seq, chain_head from runtime.operator_audit_head;

-- name: acts_after :all
-- Oldest first, for whoever checks or copies all of it.
select seq, at, actor, role, key_id, act, target, arguments, reason, before, after, outcome,
       request_id, prev_hash, row_hash
  from runtime.operator_audit
 where seq > %(after)s
 order by seq
 limit %(limit)s;

-- name: latest_acts :all
-- Newest first; what is null restricts nothing.
select seq, at, actor, role, key_id, act, target, arguments, reason, before, after, outcome,
       request_id, prev_hash, row_hash
  from runtime.operator_audit
 where (%(key_id)s::text is null or key_id = %(key_id)s)
   and (%(act)s::text is null or act = %(act)s)
   and (%(actor)s::text is null or actor = %(actor)s)
   and (%(since)s::timestamptz is null or at >= %(since)s)
 order by seq desc
 limit %(limit)s;
