-- name: heads_of :all
select run_id, seq from runtime.run_heads where run_id = any(%(run_ids)s::text[]);
