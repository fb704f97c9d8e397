-- Notices for outsiders: a row for each endpoint, written with the event that it tells of, and the
-- log of the attempts to deliver it. Ids, times and numbers; nothing of what was said.

create table runtime.webhook_deliveries (
  delivery_id text primary key,
  endpoint text not null,
  notice text not null,
  run_id text not null,
  thread_id text not null,
  seq bigint not null,
  status text not null,
  tool_call_id text,
  occurred_at timestamptz not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  attempts int not null default 0,
  failures int not null default 0,
  due_at timestamptz not null default now(),
  claimed_until timestamptz,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint webhook_deliveries_ended check ((state = 'pending') = (ended_at is null))
);
create index webhook_deliveries_due on runtime.webhook_deliveries (endpoint, due_at, seq)
 where state = 'pending';
create index webhook_deliveries_claimed on runtime.webhook_deliveries (endpoint)
 where state = 'pending' and claimed_until is not null;
create index webhook_deliveries_created on runtime.webhook_deliveries (created_at);
create index webhook_deliveries_run on runtime.webhook_deliveries (run_id);

create table runtime.webhook_attempts (
  delivery_id text not null
    references runtime.webhook_deliveries (delivery_id) on delete cascade,
  attempt int not null,
  at timestamptz not null default now(),
  took_ms int not null,
  http_status int,
  error text,
  primary key (delivery_id, attempt)
);
