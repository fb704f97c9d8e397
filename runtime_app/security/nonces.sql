-- name: remember :one
-- Returns a row the first time only.
insert into runtime.auth_nonces (nonce, expires_at)
values (%(nonce)s, to_timestamp(%(expires_at_s)s))
on conflict (nonce) do nothing
returning nonce;

-- name: prune :none
-- A minute of grace covers clocks that differ between hosts.
delete from runtime.auth_nonces where expires_at < now() - interval '1 minute';
