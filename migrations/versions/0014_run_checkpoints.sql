-- What a long log amounts to up to some seq, so that the next executor folds only what came after.
-- One row for each release's idea of a state, so that two releases may work side by side. A copy of
-- what the log says: any row may be deleted at any time.
create table runtime.run_checkpoints (
  run_id        text not null references runtime.runs on delete restrict,
  state_version integer not null,
  seq           bigint not null,
  state         text not null,      -- JSON; text, since jsonb would make other numbers of some
  chain_head    bytea not null,     -- event_hash of that seq
  kept_at       timestamptz not null default now(),
  primary key (run_id, state_version)
);
