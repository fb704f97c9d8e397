-- name: count_live :one
select of_owner, beside, ahead
  from runtime.count_live(%(run_id)s, %(thread_id)s, %(owner)s, %(lock)s);
