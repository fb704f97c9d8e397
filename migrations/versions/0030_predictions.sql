-- Predictions and what came of them; the artifacts that say how a model is asked, and the pointers
-- that say which of them is live. Texts are canonical JSON: what is hashed is what is stored.

create table runtime.ds_compiled_artifacts (
  compiled_id text primary key,
  signature_id text not null,
  body text not null,
  schema_hash text not null,
  prompt_hash text not null,
  program_hash text not null,
  artifact_hash text not null unique,
  provenance text not null,
  created_at timestamptz not null default now(),
  constraint ds_compiled_artifacts_id check (compiled_id = 'art_' || left(artifact_hash, 24)),
  unique (signature_id, compiled_id)
);

create table runtime.ds_artifact_pointers (
  signature_id text primary key,
  version bigint not null check (version > 0),
  primary_id text not null,
  canary_id text,
  canary_percent int not null default 0 check (canary_percent between 0 and 100),
  rollout_seed text not null,
  changed_at timestamptz not null default now(),
  constraint ds_artifact_pointers_canary check (canary_id is not null or canary_percent = 0),
  foreign key (signature_id, primary_id)
    references runtime.ds_compiled_artifacts (signature_id, compiled_id),
  foreign key (signature_id, canary_id)
    references runtime.ds_compiled_artifacts (signature_id, compiled_id)
);

create table runtime.ds_pointer_versions (
  signature_id text not null,
  version bigint not null,
  action text not null
    check (action in ('canary', 'advance', 'abort', 'auto_abort', 'promote', 'rollback')),
  actor text not null,
  reason text not null,
  before text,
  after text not null,
  parent bigint,
  restores bigint,
  at timestamptz not null default now(),
  primary key (signature_id, version)
);

create table runtime.ds_predictions (
  predict_id text primary key,
  owner text not null,
  thread_id text not null,
  run_id text,
  signature_id text not null,
  params text,
  params_hash text not null,
  state text not null default 'queued'
    check (state in ('queued', 'running', 'succeeded', 'denied', 'failed', 'canceled', 'lost')),
  within_s int not null,
  queued_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  alive_until timestamptz,
  ended_at timestamptz,
  output text,
  request_id text,
  trace_id text,
  constraint ds_predictions_ended check ((state in ('queued', 'running')) = (ended_at is null))
);
create index ds_predictions_open on runtime.ds_predictions (queued_at)
 where state in ('queued', 'running');

create table runtime.ds_predict_receipts (
  receipt_id text primary key,
  predict_id text not null unique references runtime.ds_predictions (predict_id),
  owner text not null,
  thread_id text not null,
  signature_id text not null,
  compiled_id text,
  variant text not null,
  status text not null,
  error_class text,
  body text not null,
  evaluated text,
  content_hash text not null,
  receipt_hash text not null,
  trace_hash text,
  created_at timestamptz not null default clock_timestamp()
);
create index ds_predict_receipts_owner
  on runtime.ds_predict_receipts (owner, thread_id, created_at, receipt_id);

create table runtime.ds_traces (
  trace_hash text primary key,
  body text not null,
  created_at timestamptz not null default now()
);

create trigger ds_compiled_artifacts_append_only
  before update or delete or truncate on runtime.ds_compiled_artifacts
  for each statement execute function runtime.refuse_change();
create trigger ds_pointer_versions_append_only
  before update or delete or truncate on runtime.ds_pointer_versions
  for each statement execute function runtime.refuse_change();
create trigger ds_predict_receipts_append_only
  before update or delete or truncate on runtime.ds_predict_receipts
  for each statement execute function runtime.refuse_change();
create trigger ds_traces_append_only
  before update or delete or truncate on runtime.ds_traces
  for each statement execute function runtime.refuse_change();

do $$
begin
  if exists (select from pg_roles where rolname = 'oa_app') then
    revoke update, delete on runtime.ds_compiled_artifacts, runtime.ds_pointer_versions,
      runtime.ds_predict_receipts, runtime.ds_traces from oa_app;
    revoke delete on runtime.ds_artifact_pointers, runtime.ds_predictions from oa_app;
  end if;
end $$;
