-- name: is_on_record :one
select seq
  from runtime.operator_audit
 where act = %(act)s
   and target = %(run_id)s
   and arguments = %(arguments)s
   and reason = %(reason)s
 limit 1;
