-- The runtime's own schema, and the run: identity, owner, status.
-- `status` and the terminal columns are a cache of the fold, written with the events they follow.

create schema runtime;

-- A thread belongs to whoever started its first run, for good.
create table runtime.threads (
  thread_id  text primary key check (thread_id ~ '^[A-Za-z0-9._:-]{1,200}$'),
  owner      text not null,
  created_at timestamptz not null default now(),
  constraint threads_owner unique (thread_id, owner)
);

create table runtime.runs (
  run_id                text primary key check (run_id ~ '^[A-Za-z0-9._:-]{1,200}$'),
  thread_id             text not null,
  owner_user_id         bigint,
  owner_guest_scope     text,
  owner                 text generated always as (
                          coalesce('user:' || owner_user_id::text, 'guest:' || owner_guest_scope)
                        ) stored,
  autopilot_id          text,
  mode                  text not null check (mode in ('turn', 'session')),
  status                text not null default 'accepted' check (status in (
                          'accepted', 'running', 'waiting_tool', 'waiting_approval',
                          'waiting_input', 'canceling', 'completed', 'failed', 'canceled')),
  terminal_reason_class text,
  terminal_reason       text,
  terminal_at           timestamptz,
  model                 text not null,
  caps                  jsonb not null,
  content_hash          text not null,
  code_version          text not null,
  created_at            timestamptz not null default now(),
  updated_at            timestamptz not null default now(),
  constraint runs_thread_owner foreign key (thread_id, owner)
    references runtime.threads (thread_id, owner) on delete restrict,
  constraint runs_one_owner check (num_nonnulls(owner_user_id, owner_guest_scope) = 1),
  constraint runs_terminal_together check (
    (status in ('completed', 'failed', 'canceled')) = (terminal_at is not null)
    and (terminal_at is null) = (terminal_reason_class is null))
);

-- The sweeps look at live runs only.
create index runs_live on runtime.runs (created_at)
  where status not in ('completed', 'failed', 'canceled');
create index runs_thread on runtime.runs (thread_id, created_at desc);
