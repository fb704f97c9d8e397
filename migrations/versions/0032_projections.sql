-- Read models for the control plane's pages. Each row follows from the events of one run; what the
-- runtime has written carries its tag, and every other row is left alone.

create table runtime.projected_threads (
  id               text primary key,
  user_id          bigint not null,
  title            text not null,
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  runtime_source   text,
  runtime_seq      bigint,
  runtime_version  text,
  runtime_row_hash numeric(39)
);

create table runtime.projected_runs (
  id               text primary key,
  thread_id        text not null,
  user_id          bigint not null,
  status           text not null,
  model            text,
  usage            text,
  meta             text,
  error            text,
  started_at       timestamptz,
  completed_at     timestamptz,
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  runtime_source   text,
  runtime_seq      bigint,
  runtime_version  text,
  runtime_row_hash numeric(39)
);
create index projected_runs_thread on runtime.projected_runs (thread_id, created_at);

create table runtime.projected_messages (
  id               text primary key,
  thread_id        text not null,
  run_id           text not null,
  user_id          bigint not null,
  role             text not null,
  content          text not null,
  meta             text,
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  runtime_source   text,
  runtime_seq      bigint,
  runtime_version  text,
  runtime_row_hash numeric(39)
);
create index projected_messages_run on runtime.projected_messages (run_id);
create index projected_messages_thread on runtime.projected_messages (thread_id, created_at);

create table runtime.projected_run_events (
  run_id           text not null,
  runtime_seq      bigint not null,
  type             text not null,
  payload          text,
  created_at       timestamptz not null,
  runtime_source   text,
  runtime_version  text,
  runtime_row_hash numeric(39),
  primary key (run_id, runtime_seq)
);

-- How far each run is projected. A row is made with the run; runs of guests have none, for the
-- read models know users only.
create table runtime.projection_watermarks (
  run_id      text primary key,
  user_id     bigint not null,
  version     text not null,
  last_seq    bigint not null default 0,
  chain_head  bytea,
  state       text not null default '{}',       -- canonical JSON
  rows_count  bigint not null default 0,
  rows_digest numeric(39) not null default 0,   -- sum of the rows' hashes modulo 2^128
  status      text not null default 'live' check (status in ('live', 'done', 'dead')),
  fails       int not null default 0,
  next_try_at timestamptz,
  problem     text,
  checked_at  timestamptz
);
create index projection_watermarks_open on runtime.projection_watermarks (run_id)
  where status = 'live';
create index projection_watermarks_dead on runtime.projection_watermarks (run_id)
  where status = 'dead';
create index projection_watermarks_checked on runtime.projection_watermarks
  (checked_at nulls first) where status = 'done';

-- What was found to differ from the log, and what became of it.
create table runtime.projection_audits (
  run_id        text not null,
  kind          text not null,
  rows_missing  int not null,
  rows_changed  int not null,
  rows_extra    int not null,
  digest_before numeric(39) not null,
  digest_after  numeric(39) not null,
  verified      boolean not null,
  at            timestamptz not null default clock_timestamp(),
  primary key (run_id, at)
);

create function runtime.begin_projection() returns trigger
language plpgsql as $$
begin
  if new.owner_user_id is not null then
    insert into runtime.projection_watermarks (run_id, user_id, version)
    values (new.run_id, new.owner_user_id, 'laravel.v1')
    on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger begin_projection after insert on runtime.runs
  for each row execute function runtime.begin_projection();

insert into runtime.projection_watermarks (run_id, user_id, version)
select run_id, owner_user_id, 'laravel.v1' from runtime.runs where owner_user_id is not null
on conflict do nothing;
