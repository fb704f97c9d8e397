-- One row per tool call: durable, claimed once, with a deadline of its own.

create table runtime.tool_tasks (
  tool_call_id text primary key,
  run_id       text not null references runtime.runs on delete restrict,
  tool_name    text not null,
  input        text not null,                  -- canonical JSON
  state        text not null default 'queued' check (state in (
                 'queued', 'running', 'succeeded', 'failed', 'canceled', 'timed_out')),
  attempt      integer not null default 0,
  timeout_s    double precision not null,
  worker       text,
  deadline     timestamptz,
  output       text,                           -- canonical JSON
  error_class  text,
  error        text,
  late         boolean not null default false, -- its result came after the run had ended
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  constraint tool_tasks_claimed check ((state = 'queued') = (deadline is null))
);

create index tool_tasks_open on runtime.tool_tasks (created_at)
  where state in ('queued', 'running');
create index tool_tasks_run on runtime.tool_tasks (run_id, created_at);
