-- What a worker says while a tool is at work, and what is known of the call afterwards. A task that
-- has shown progress is `streaming`; the worker of one that is at work gives a sign of life.
alter table runtime.tool_tasks
  add column claimed_at      timestamptz,
  add column heartbeat_at    timestamptz,
  add column ended_at        timestamptz,
  add column progress        text,             -- canonical JSON; the newest
  add column input_hash      bytea check (octet_length(input_hash) = 32),
  add column output_hash     bytea check (octet_length(output_hash) = 32),
  add column output_bytes    integer,
  add column output_artifact text,             -- where the whole output is, when it is too large
  add column code_version    text,
  drop constraint tool_tasks_state_check,
  add constraint tool_tasks_state_check check (state in (
    'queued', 'running', 'streaming', 'succeeded', 'failed', 'canceled', 'timed_out'));

drop index runtime.tool_tasks_open;
create index tool_tasks_open on runtime.tool_tasks (created_at)
  where state in ('queued', 'running', 'streaming');
