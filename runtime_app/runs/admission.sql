-- name: count_live :one
select live.of_owner, live.beside, live.ahead, t.on_busy
  from runtime.count_live(%(run_id)s, %(thread_id)s, %(owner)s, %(lock)s) live
  left join runtime.threads t on t.thread_id = %(thread_id)s;
