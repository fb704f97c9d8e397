-- What a thread remembers: texts of windows of its log, each with proof of what it was made from.
-- All of it follows from run_events.

create table runtime.memory_chunks (
  chunk_id      text primary key check (chunk_id ~ '^mc_[a-z2-7]{32}$'),
  thread_id     text not null,
  owner         text not null,
  level         smallint not null check (level between 1 and 3),
  window_start  timestamptz not null,
  window_end    timestamptz not null,
  part          int not null,
  state         text not null default 'building'
                  check (state in ('building', 'sealed', 'failed', 'superseded')),
  inputs        text not null,                  -- canonical JSON, exactly as hashed
  input_hash    text not null,
  attempt       int not null default 1,
  lease_until   timestamptz not null,
  trigger       text not null check (trigger in ('scheduled', 'pressure', 'manual')),
  rules_version text not null,
  input_events  int,
  input_tokens  int,
  summary       text check (octet_length(summary) <= 4096),
  output_hash   text,
  output_bytes  int,
  output_tokens int,
  summarizer    text,
  parent_id     text references runtime.memory_chunks,
  created_at    timestamptz not null default now(),
  sealed_at     timestamptz,
  search        tsvector generated always as
                  (to_tsvector('simple'::regconfig, coalesce(summary, ''))) stored,
  constraint memory_chunks_sealed_together check (
    (state in ('sealed', 'superseded')) = (sealed_at is not null)
    and (sealed_at is null) = (output_hash is null)
    and (sealed_at is null) = (summarizer is null))
);
create unique index memory_chunks_one on runtime.memory_chunks
  (thread_id, owner, level, window_start, part) where state in ('building', 'sealed');
create index memory_chunks_building on runtime.memory_chunks (lease_until) where state = 'building';
create index memory_chunks_alone on runtime.memory_chunks (level, window_start)
  where state = 'sealed' and parent_id is null and level < 3;
create index memory_chunks_parent on runtime.memory_chunks (parent_id) where parent_id is not null;
create index memory_chunks_search on runtime.memory_chunks using gin (search);

-- How far the log of a run is in sealed chunks.
create table runtime.memory_cursors (
  run_id     text primary key references runtime.runs on delete restrict,
  sealed_seq bigint not null,
  chunk_id   text not null references runtime.memory_chunks
);

-- The audit: a row for each attempt.
create table runtime.memory_compactions (
  chunk_id      text not null references runtime.memory_chunks,
  attempt       int not null,
  result        text not null check (result in ('succeeded', 'failed')),
  error_class   text,
  input_hash    text not null,
  output_hash   text,
  summarizer    text,
  input_tokens  int,
  output_tokens int,
  latency_ms    int not null,
  payer_type    text not null default 'none',
  at            timestamptz not null default now(),
  primary key (chunk_id, attempt)
);

-- Whether all of a run's log is in sealed chunks: then nobody looks at it again.
alter table runtime.runs add column remembered boolean not null default false;
create index runs_to_remember on runtime.runs (thread_id) where not remembered;
