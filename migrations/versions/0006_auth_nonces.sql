-- Nonces seen, until their tokens expire. Unlogged: after a crash of the server the table is empty,
-- and a token seen before it lives for at most five minutes.

create unlogged table runtime.auth_nonces (
  nonce      text primary key,
  expires_at timestamptz not null
);

create index auth_nonces_expiry on runtime.auth_nonces (expires_at);
