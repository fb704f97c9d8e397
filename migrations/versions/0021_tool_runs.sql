-- A run may be one tool call, asked for over HTTP. What tools there are is known to workers alone;
-- they write it down for whoever is asked.

alter table runtime.runs drop constraint runs_mode_check;
alter table runtime.runs add constraint runs_mode_check
  check (mode in ('turn', 'session', 'tool')) not valid;
alter table runtime.runs validate constraint runs_mode_check;

-- Each set of tools that workers have had; the newest is what callers are shown.
create table runtime.tool_listings (
  content_hash bytea primary key check (octet_length(content_hash) = 32),
  content      text not null,  -- canonical JSON, a list
  code_version text not null,
  listed_at    timestamptz not null default clock_timestamp()
);

-- How often a tool has been called in its window, by all workers together.
create table runtime.tool_rates (
  name      text primary key check (length(name) <= 100),
  window_at timestamptz not null,
  used      int not null
) with (fillfactor = 50);
