-- What has been anchored outside the database: event seq of the run had this hash. Only added to. It
-- proves nothing by itself, the signed file does; it shows which files there must be.
create table runtime.run_anchors (
  run_id      text not null references runtime.runs on delete restrict,
  seq         bigint not null check (seq > 0),
  chain_head  bytea not null check (octet_length(chain_head) = 32),
  key_id      text not null,
  artifact    text not null,
  anchored_at timestamptz not null,
  primary key (run_id, seq)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'oa_app') then
    revoke update, delete on runtime.run_anchors from oa_app;
  end if;
end $$;
