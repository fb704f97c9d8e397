-- name: keep_checkpoint :none
-- Forward only: whoever is behind knows less. Nothing is kept of a seq that the log does not have.
-- The head is locked, so that an end, which forgets them, comes before this or after it.
with held as (
  select h.run_id
    from runtime.run_heads h
   where h.run_id = %(run_id)s and h.epoch = %(epoch)s and h.closed_seq is null
     for share
)
insert into runtime.run_checkpoints as c (run_id, state_version, seq, state, chain_head)
select e.run_id, %(version)s, e.seq, %(state)s, e.event_hash
  from held
  join runtime.run_events e on e.run_id = held.run_id and e.seq = %(seq)s
on conflict (run_id, state_version) do update
   set seq = excluded.seq, state = excluded.state, chain_head = excluded.chain_head,
       kept_at = now()
 where c.seq < excluded.seq;

-- name: newest_checkpoint :one
-- One that the log still agrees with.
select c.seq, c.state
  from runtime.run_checkpoints c
  join runtime.run_events e
    on e.run_id = c.run_id and e.seq = c.seq and e.event_hash = c.chain_head
 where c.run_id = %(run_id)s and c.state_version = any(%(known)s::int[])
 order by c.seq desc
 limit 1;
