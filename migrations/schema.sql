-- The schema at revision 0032, as the migrations make it. Written by `make schema`: change it
-- by a new revision, never here.

do $$ begin create role oa_app nologin; exception when duplicate_object then null; end $$;

do $$ begin create role oa_read nologin; exception when duplicate_object then null; end $$;

create schema runtime;

create type runtime.breaker_input as (
  kind text,
  at timestamp with time zone,
  generation bigint,
  permit timestamp with time zone,
  result text,
  ok integer,
  fault integer,
  slow integer,
  fault_run integer,
  throttle_s double precision,
  forced text,
  hold_s double precision,
  jitter double precision
);

create type runtime.breaker_policy as (
  volume integer,
  fault_rate double precision,
  slow_rate double precision,
  faults_in_a_row integer,
  open_s double precision,
  longest_open_s double precision,
  calm_s double precision,
  throttled_s double precision
);

create type runtime.rate_limits as (
  requests_per_min double precision,
  tokens_per_min double precision
);

create unlogged table runtime.auth_nonces (
  nonce text not null,
  expires_at timestamp with time zone not null,
  constraint auth_nonces_pkey PRIMARY KEY (nonce)
);

create table runtime.beat_jobs (
  job text not null,
  last_tick_s bigint not null,
  begun_at timestamp with time zone not null,
  running_until timestamp with time zone,
  succeeded_at timestamp with time zone,
  last_result text,
  constraint beat_jobs_last_result_check CHECK ((last_result = ANY (ARRAY['succeeded'::text, 'failed'::text]))),
  constraint beat_jobs_pkey PRIMARY KEY (job)
) with (fillfactor=50);

create table runtime.ds_artifact_pointers (
  signature_id text not null,
  version bigint not null,
  primary_id text not null,
  canary_id text,
  canary_percent integer default 0 not null,
  rollout_seed text not null,
  changed_at timestamp with time zone default now() not null,
  auto_advance boolean default false not null,
  gate_receipts integer default 200 not null,
  gate_minutes integer default 30 not null,
  constraint ds_artifact_pointers_canary CHECK (((canary_id IS NOT NULL) OR (canary_percent = 0))),
  constraint ds_artifact_pointers_canary_percent_check CHECK (((canary_percent >= 0) AND (canary_percent <= 100))),
  constraint ds_artifact_pointers_gate_minutes_check CHECK ((gate_minutes >= 0)),
  constraint ds_artifact_pointers_gate_receipts_check CHECK ((gate_receipts > 0)),
  constraint ds_artifact_pointers_pkey PRIMARY KEY (signature_id),
  constraint ds_artifact_pointers_version_check CHECK ((version > 0))
);

create table runtime.ds_compiled_artifacts (
  compiled_id text not null,
  signature_id text not null,
  body text not null,
  schema_hash text not null,
  prompt_hash text not null,
  program_hash text not null,
  artifact_hash text not null,
  provenance text not null,
  created_at timestamp with time zone default now() not null,
  constraint ds_compiled_artifacts_artifact_hash_key UNIQUE (artifact_hash),
  constraint ds_compiled_artifacts_id CHECK ((compiled_id = ('art_'::text || "left"(artifact_hash, 24)))),
  constraint ds_compiled_artifacts_pkey PRIMARY KEY (compiled_id),
  constraint ds_compiled_artifacts_signature_id_compiled_id_key UNIQUE (signature_id, compiled_id)
);

create table runtime.ds_pointer_versions (
  signature_id text not null,
  version bigint not null,
  action text not null,
  actor text not null,
  reason text not null,
  before text,
  after text not null,
  parent bigint,
  restores bigint,
  at timestamp with time zone default now() not null,
  constraint ds_pointer_versions_action_check CHECK ((action = ANY (ARRAY['canary'::text, 'advance'::text, 'abort'::text, 'auto_abort'::text, 'promote'::text, 'rollback'::text]))),
  constraint ds_pointer_versions_pkey PRIMARY KEY (signature_id, version)
);

create table runtime.ds_predict_receipts (
  receipt_id text not null,
  predict_id text not null,
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
  created_at timestamp with time zone default clock_timestamp() not null,
  constraint ds_predict_receipts_pkey PRIMARY KEY (receipt_id),
  constraint ds_predict_receipts_predict_id_key UNIQUE (predict_id)
);

create table runtime.ds_predictions (
  predict_id text not null,
  owner text not null,
  thread_id text not null,
  run_id text,
  signature_id text not null,
  params text,
  params_hash text not null,
  state text default 'queued'::text not null,
  within_s integer not null,
  queued_at timestamp with time zone default clock_timestamp() not null,
  started_at timestamp with time zone,
  alive_until timestamp with time zone,
  ended_at timestamp with time zone,
  output text,
  request_id text,
  trace_id text,
  constraint ds_predictions_ended CHECK (((state = ANY (ARRAY['queued'::text, 'running'::text])) = (ended_at IS NULL))),
  constraint ds_predictions_pkey PRIMARY KEY (predict_id),
  constraint ds_predictions_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'denied'::text, 'failed'::text, 'canceled'::text, 'lost'::text])))
);

create table runtime.ds_traces (
  trace_hash text not null,
  body text not null,
  created_at timestamp with time zone default now() not null,
  constraint ds_traces_pkey PRIMARY KEY (trace_hash)
);

create table runtime.frames (
  run_id text not null,
  frame_id text not null,
  frame_type text not null,
  content_hash text,
  seq bigint not null,
  accepted_at timestamp with time zone default now() not null,
  request_mac text,
  sanitized_by text,
  key_id text,
  constraint frames_comparable CHECK ((num_nonnulls(request_mac, content_hash) >= 1)),
  constraint frames_frame_id_check CHECK ((frame_id ~ '^[A-Za-z0-9._:-]{1,200}$'::text)),
  constraint frames_pkey PRIMARY KEY (run_id, frame_id)
);

create table runtime.memory_chunks (
  chunk_id text not null,
  thread_id text not null,
  owner text not null,
  level smallint not null,
  window_start timestamp with time zone not null,
  window_end timestamp with time zone not null,
  part integer not null,
  state text default 'building'::text not null,
  inputs text not null,
  input_hash text not null,
  attempt integer default 1 not null,
  lease_until timestamp with time zone not null,
  trigger text not null,
  rules_version text not null,
  input_events integer,
  input_tokens integer,
  summary text,
  output_hash text,
  output_bytes integer,
  output_tokens integer,
  summarizer text,
  parent_id text,
  created_at timestamp with time zone default now() not null,
  sealed_at timestamp with time zone,
  search tsvector generated always as (to_tsvector('simple'::regconfig, COALESCE(summary, ''::text))) stored,
  constraint memory_chunks_chunk_id_check CHECK ((chunk_id ~ '^mc_[a-z2-7]{32}$'::text)),
  constraint memory_chunks_level_check CHECK (((level >= 1) AND (level <= 3))),
  constraint memory_chunks_pkey PRIMARY KEY (chunk_id),
  constraint memory_chunks_sealed_together CHECK ((((state = ANY (ARRAY['sealed'::text, 'superseded'::text])) = (sealed_at IS NOT NULL)) AND ((sealed_at IS NULL) = (output_hash IS NULL)) AND ((sealed_at IS NULL) = (summarizer IS NULL)))),
  constraint memory_chunks_state_check CHECK ((state = ANY (ARRAY['building'::text, 'sealed'::text, 'failed'::text, 'superseded'::text]))),
  constraint memory_chunks_summary_check CHECK ((octet_length(summary) <= 4096)),
  constraint memory_chunks_trigger_check CHECK ((trigger = ANY (ARRAY['scheduled'::text, 'pressure'::text, 'manual'::text])))
);

create table runtime.memory_compactions (
  chunk_id text not null,
  attempt integer not null,
  result text not null,
  error_class text,
  input_hash text not null,
  output_hash text,
  summarizer text,
  input_tokens integer,
  output_tokens integer,
  latency_ms integer not null,
  payer_type text default 'none'::text not null,
  at timestamp with time zone default now() not null,
  constraint memory_compactions_pkey PRIMARY KEY (chunk_id, attempt),
  constraint memory_compactions_result_check CHECK ((result = ANY (ARRAY['succeeded'::text, 'failed'::text])))
);

create table runtime.memory_cursors (
  run_id text not null,
  sealed_seq bigint not null,
  chunk_id text not null,
  constraint memory_cursors_pkey PRIMARY KEY (run_id)
);

create table runtime.operator_audit (
  seq bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  role text not null,
  key_id text,
  act text not null,
  target text,
  arguments text not null,
  reason text not null,
  before text,
  after text,
  outcome text not null,
  request_id text,
  prev_hash bytea not null,
  row_hash bytea not null,
  constraint operator_audit_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'unchanged'::text]))),
  constraint operator_audit_pkey PRIMARY KEY (seq),
  constraint operator_audit_reason_check CHECK ((reason ~ '\S'::text))
);

create table runtime.operator_audit_head (
  only_one boolean default true not null,
  seq bigint default 0 not null,
  chain_head bytea default decode(repeat('00'::text, 32), 'hex'::text) not null,
  constraint operator_audit_head_only_one_check CHECK (only_one),
  constraint operator_audit_head_pkey PRIMARY KEY (only_one)
);

create table runtime.projected_messages (
  id text not null,
  thread_id text not null,
  run_id text not null,
  user_id bigint not null,
  role text not null,
  content text not null,
  meta text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  runtime_source text,
  runtime_seq bigint,
  runtime_version text,
  runtime_row_hash numeric(39,0),
  constraint projected_messages_pkey PRIMARY KEY (id)
);

create table runtime.projected_run_events (
  run_id text not null,
  runtime_seq bigint not null,
  type text not null,
  payload text,
  created_at timestamp with time zone not null,
  runtime_source text,
  runtime_version text,
  runtime_row_hash numeric(39,0),
  constraint projected_run_events_pkey PRIMARY KEY (run_id, runtime_seq)
);

create table runtime.projected_runs (
  id text not null,
  thread_id text not null,
  user_id bigint not null,
  status text not null,
  model text,
  usage text,
  meta text,
  error text,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  runtime_source text,
  runtime_seq bigint,
  runtime_version text,
  runtime_row_hash numeric(39,0),
  constraint projected_runs_pkey PRIMARY KEY (id)
);

create table runtime.projected_threads (
  id text not null,
  user_id bigint not null,
  title text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  runtime_source text,
  runtime_seq bigint,
  runtime_version text,
  runtime_row_hash numeric(39,0),
  constraint projected_threads_pkey PRIMARY KEY (id)
);

create table runtime.projection_audits (
  run_id text not null,
  kind text not null,
  rows_missing integer not null,
  rows_changed integer not null,
  rows_extra integer not null,
  digest_before numeric(39,0) not null,
  digest_after numeric(39,0) not null,
  verified boolean not null,
  at timestamp with time zone default clock_timestamp() not null,
  constraint projection_audits_pkey PRIMARY KEY (run_id, at)
);

create table runtime.projection_watermarks (
  run_id text not null,
  user_id bigint not null,
  version text not null,
  last_seq bigint default 0 not null,
  chain_head bytea,
  state text default '{}'::text not null,
  rows_count bigint default 0 not null,
  rows_digest numeric(39,0) default 0 not null,
  status text default 'live'::text not null,
  fails integer default 0 not null,
  next_try_at timestamp with time zone,
  problem text,
  checked_at timestamp with time zone,
  constraint projection_watermarks_pkey PRIMARY KEY (run_id),
  constraint projection_watermarks_status_check CHECK ((status = ANY (ARRAY['live'::text, 'done'::text, 'dead'::text])))
);

create table runtime.provider_breaker_history (
  key text not null,
  generation bigint not null,
  at timestamp with time zone not null,
  from_state text not null,
  to_state text not null,
  rule text not null,
  ok integer not null,
  fault integer not null,
  slow integer not null,
  trips integer not null,
  open_until timestamp with time zone,
  forced text,
  constraint provider_breaker_history_edges CHECK ((((from_state || ' > '::text) || to_state) = ANY (ARRAY['closed > open'::text, 'open > half_open'::text, 'half_open > open'::text, 'half_open > closed'::text, 'open > closed'::text, 'closed > closed'::text, 'open > open'::text, 'half_open > half_open'::text]))),
  constraint provider_breaker_history_pkey PRIMARY KEY (key, generation, at)
);

create table runtime.provider_breakers (
  key text not null,
  state text default 'closed'::text not null,
  generation bigint default 1 not null,
  rule text,
  bucket_no bigint[] default array_fill((0)::bigint, ARRAY[10]) not null,
  oks integer[] default array_fill(0, ARRAY[10]) not null,
  faults integer[] default array_fill(0, ARRAY[10]) not null,
  slows integer[] default array_fill(0, ARRAY[10]) not null,
  consecutive_faults integer default 0 not null,
  trips integer default 0 not null,
  opened_at timestamp with time zone,
  open_until timestamp with time zone,
  closed_at timestamp with time zone default clock_timestamp() not null,
  probe_slots timestamp with time zone[] default array_fill(NULL::timestamp with time zone, ARRAY[3]) not null,
  probe_successes integer default 0 not null,
  throttled_since timestamp with time zone,
  throttled_until timestamp with time zone,
  forced text,
  forced_until timestamp with time zone,
  updated_at timestamp with time zone default clock_timestamp() not null,
  constraint provider_breakers_forced CHECK (((forced IS NULL) = (forced_until IS NULL))),
  constraint provider_breakers_forced_check CHECK ((forced = ANY (ARRAY['open'::text, 'closed'::text]))),
  constraint provider_breakers_key_check CHECK ((length(key) <= 300)),
  constraint provider_breakers_open CHECK (((state <> 'open'::text) OR (open_until IS NOT NULL))),
  constraint provider_breakers_pkey PRIMARY KEY (key),
  constraint provider_breakers_probes CHECK (((state = 'half_open'::text) OR (array_remove(probe_slots, NULL::timestamp with time zone) = '{}'::timestamp with time zone[]))),
  constraint provider_breakers_state_check CHECK ((state = ANY (ARRAY['closed'::text, 'open'::text, 'half_open'::text])))
) with (fillfactor=50);

create table runtime.provider_rate_budgets (
  key text not null,
  requests_capacity double precision,
  requests_per_s double precision,
  requests_level double precision,
  tokens_capacity double precision,
  tokens_per_s double precision,
  tokens_level double precision,
  throttled_until timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint provider_rate_budgets_key_check CHECK ((length(key) <= 300)),
  constraint provider_rate_budgets_pkey PRIMARY KEY (key),
  constraint provider_rate_budgets_requests CHECK ((num_nulls(requests_capacity, requests_per_s, requests_level) = ANY (ARRAY[0, 3]))),
  constraint provider_rate_budgets_tokens CHECK ((num_nulls(tokens_capacity, tokens_per_s, tokens_level) = ANY (ARRAY[0, 3])))
) with (fillfactor=50);

create table runtime.provider_rate_turns (
  key text not null,
  owner text not null,
  waits_until timestamp with time zone not null,
  served_at timestamp with time zone default '-infinity'::timestamp with time zone not null,
  constraint provider_rate_turns_key_check CHECK ((length(key) <= 300)),
  constraint provider_rate_turns_pkey PRIMARY KEY (key, owner)
) with (fillfactor=50);

create table runtime.retention_marks (
  event_class text not null,
  ended_at timestamp with time zone not null,
  run_id text not null,
  constraint retention_marks_event_class_check CHECK ((event_class = ANY (ARRAY['delta'::text, 'progress'::text]))),
  constraint retention_marks_pkey PRIMARY KEY (event_class)
);

create table runtime.run_anchors (
  run_id text not null,
  seq bigint not null,
  chain_head bytea not null,
  key_id text not null,
  artifact text not null,
  anchored_at timestamp with time zone not null,
  constraint run_anchors_chain_head_check CHECK ((octet_length(chain_head) = 32)),
  constraint run_anchors_pkey PRIMARY KEY (run_id, seq),
  constraint run_anchors_seq_check CHECK ((seq > 0))
);

create table runtime.run_checkpoints (
  run_id text not null,
  state_version integer not null,
  seq bigint not null,
  state text not null,
  chain_head bytea not null,
  kept_at timestamp with time zone default now() not null,
  constraint run_checkpoints_pkey PRIMARY KEY (run_id, state_version)
);

create table runtime.run_events (
  run_id text not null,
  seq bigint not null,
  event_type text not null,
  event_version integer not null,
  event_class text not null,
  payload text,
  payload_hash bytea not null,
  prev_hash bytea not null,
  event_hash bytea not null,
  occurred_at timestamp with time zone not null,
  epoch bigint not null,
  trace_id text,
  request_id text,
  span_id text,
  trace_flags smallint,
  tracestate text,
  constraint run_events_pkey PRIMARY KEY (run_id, seq)
) partition by HASH (run_id);

create table runtime.run_heads (
  run_id text not null,
  seq bigint default 0 not null,
  chain_head bytea default decode(repeat('00'::text, 32), 'hex'::text) not null,
  epoch bigint default 0 not null,
  parked_seq bigint default 0 not null,
  cancel_requested boolean default false not null,
  closed_seq bigint,
  floor_seq bigint default 0 not null,
  floor_hash bytea,
  woken_at timestamp with time zone,
  constraint run_heads_pkey PRIMARY KEY (run_id)
) with (fillfactor=50);

create table runtime.run_leases (
  run_id text not null,
  owner text,
  epoch bigint not null,
  expires_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone default now() not null,
  code_version text not null,
  constraint run_leases_pkey PRIMARY KEY (run_id)
) with (fillfactor=50);

create table runtime.runs (
  run_id text not null,
  thread_id text not null,
  owner_user_id bigint,
  owner_guest_scope text,
  owner text generated always as (COALESCE(('user:'::text || (owner_user_id)::text), ('guest:'::text || owner_guest_scope))) stored,
  autopilot_id text,
  mode text not null,
  status text default 'accepted'::text not null,
  terminal_reason_class text,
  terminal_reason text,
  terminal_at timestamp with time zone,
  model text not null,
  caps jsonb not null,
  content_hash text,
  code_version text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  request_mac text,
  sanitized_by text,
  key_id text,
  remembered boolean default false not null,
  constraint runs_comparable CHECK ((num_nonnulls(request_mac, content_hash) >= 1)),
  constraint runs_mode_check CHECK ((mode = ANY (ARRAY['turn'::text, 'session'::text, 'tool'::text]))),
  constraint runs_one_owner CHECK ((num_nonnulls(owner_user_id, owner_guest_scope) = 1)),
  constraint runs_pkey PRIMARY KEY (run_id),
  constraint runs_run_id_check CHECK ((run_id ~ '^[A-Za-z0-9._:-]{1,200}$'::text)),
  constraint runs_status_check CHECK ((status = ANY (ARRAY['accepted'::text, 'running'::text, 'waiting_tool'::text, 'waiting_approval'::text, 'waiting_input'::text, 'canceling'::text, 'completed'::text, 'failed'::text, 'canceled'::text]))),
  constraint runs_terminal_together CHECK ((((status = ANY (ARRAY['completed'::text, 'failed'::text, 'canceled'::text])) = (terminal_at IS NOT NULL)) AND ((terminal_at IS NULL) = (terminal_reason_class IS NULL))))
);

create table runtime.slot_line (
  run_id text not null,
  owner text not null,
  keys text[] not null,
  since timestamp with time zone not null,
  turn_at timestamp with time zone not null,
  granted_at timestamp with time zone,
  woken_at timestamp with time zone,
  constraint slot_line_pkey PRIMARY KEY (run_id)
);

create table runtime.slots (
  key text not null,
  holders text[] not null,
  constraint slots_pkey PRIMARY KEY (key)
) with (fillfactor=50);

create table runtime.threads (
  thread_id text not null,
  owner text not null,
  created_at timestamp with time zone default now() not null,
  on_busy text,
  constraint threads_on_busy CHECK ((on_busy = ANY (ARRAY['reject'::text, 'enqueue'::text, 'interrupt'::text]))),
  constraint threads_owner UNIQUE (thread_id, owner),
  constraint threads_pkey PRIMARY KEY (thread_id),
  constraint threads_thread_id_check CHECK ((thread_id ~ '^[A-Za-z0-9._:-]{1,200}$'::text))
);

create table runtime.tool_listings (
  content_hash bytea not null,
  content text not null,
  code_version text not null,
  listed_at timestamp with time zone default clock_timestamp() not null,
  constraint tool_listings_content_hash_check CHECK ((octet_length(content_hash) = 32)),
  constraint tool_listings_pkey PRIMARY KEY (content_hash)
);

create table runtime.tool_rates (
  name text not null,
  window_at timestamp with time zone not null,
  used integer not null,
  constraint tool_rates_name_check CHECK ((length(name) <= 100)),
  constraint tool_rates_pkey PRIMARY KEY (name)
) with (fillfactor=50);

create table runtime.tool_tasks (
  tool_call_id text not null,
  run_id text not null,
  tool_name text not null,
  input text not null,
  state text default 'queued'::text not null,
  attempt integer default 0 not null,
  timeout_s double precision not null,
  worker text,
  deadline timestamp with time zone,
  output text,
  error_class text,
  error text,
  late boolean default false not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  sanitized_by text,
  trace_id text,
  request_id text,
  span_id text,
  trace_flags smallint,
  tracestate text,
  claimed_at timestamp with time zone,
  heartbeat_at timestamp with time zone,
  ended_at timestamp with time zone,
  progress text,
  input_hash bytea,
  output_hash bytea,
  output_bytes integer,
  output_artifact text,
  code_version text,
  woken_at timestamp with time zone,
  claim_token text,
  constraint tool_tasks_claimed CHECK (((state = 'queued'::text) = (deadline IS NULL))),
  constraint tool_tasks_input_hash_check CHECK ((octet_length(input_hash) = 32)),
  constraint tool_tasks_output_hash_check CHECK ((octet_length(output_hash) = 32)),
  constraint tool_tasks_pkey PRIMARY KEY (tool_call_id),
  constraint tool_tasks_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'streaming'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text, 'timed_out'::text])))
);

create table runtime.webhook_attempts (
  delivery_id text not null,
  attempt integer not null,
  at timestamp with time zone default now() not null,
  took_ms integer not null,
  http_status integer,
  error text,
  constraint webhook_attempts_pkey PRIMARY KEY (delivery_id, attempt)
);

create table runtime.webhook_deliveries (
  delivery_id text not null,
  endpoint text not null,
  notice text not null,
  run_id text not null,
  thread_id text not null,
  seq bigint not null,
  status text not null,
  tool_call_id text,
  occurred_at timestamp with time zone not null,
  state text default 'pending'::text not null,
  attempts integer default 0 not null,
  failures integer default 0 not null,
  due_at timestamp with time zone default now() not null,
  claimed_until timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  constraint webhook_deliveries_ended CHECK (((state = 'pending'::text) = (ended_at IS NULL))),
  constraint webhook_deliveries_pkey PRIMARY KEY (delivery_id),
  constraint webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text])))
);

create table runtime.run_events_p00 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 0);

create table runtime.run_events_p01 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 1);

create table runtime.run_events_p02 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 2);

create table runtime.run_events_p03 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 3);

create table runtime.run_events_p04 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 4);

create table runtime.run_events_p05 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 5);

create table runtime.run_events_p06 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 6);

create table runtime.run_events_p07 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 7);

create table runtime.run_events_p08 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 8);

create table runtime.run_events_p09 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 9);

create table runtime.run_events_p10 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 10);

create table runtime.run_events_p11 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 11);

create table runtime.run_events_p12 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 12);

create table runtime.run_events_p13 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 13);

create table runtime.run_events_p14 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 14);

create table runtime.run_events_p15 partition of runtime.run_events FOR VALUES WITH (modulus 16, remainder 15);

alter table runtime.ds_artifact_pointers add constraint ds_artifact_pointers_signature_id_canary_id_fkey FOREIGN KEY (signature_id, canary_id) REFERENCES runtime.ds_compiled_artifacts(signature_id, compiled_id);

alter table runtime.ds_artifact_pointers add constraint ds_artifact_pointers_signature_id_primary_id_fkey FOREIGN KEY (signature_id, primary_id) REFERENCES runtime.ds_compiled_artifacts(signature_id, compiled_id);

alter table runtime.ds_predict_receipts add constraint ds_predict_receipts_predict_id_fkey FOREIGN KEY (predict_id) REFERENCES runtime.ds_predictions(predict_id);

alter table runtime.frames add constraint frames_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.memory_chunks add constraint memory_chunks_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES runtime.memory_chunks(chunk_id);

alter table runtime.memory_compactions add constraint memory_compactions_chunk_id_fkey FOREIGN KEY (chunk_id) REFERENCES runtime.memory_chunks(chunk_id);

alter table runtime.memory_cursors add constraint memory_cursors_chunk_id_fkey FOREIGN KEY (chunk_id) REFERENCES runtime.memory_chunks(chunk_id);

alter table runtime.memory_cursors add constraint memory_cursors_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.run_anchors add constraint run_anchors_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.run_checkpoints add constraint run_checkpoints_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.run_heads add constraint run_heads_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.run_leases add constraint run_leases_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.runs add constraint runs_thread_owner FOREIGN KEY (thread_id, owner) REFERENCES runtime.threads(thread_id, owner) ON DELETE RESTRICT;

alter table runtime.slot_line add constraint slot_line_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.tool_tasks add constraint tool_tasks_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.webhook_attempts add constraint webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES runtime.webhook_deliveries(delivery_id) ON DELETE CASCADE;

CREATE INDEX auth_nonces_expiry ON runtime.auth_nonces USING btree (expires_at);

CREATE INDEX ds_predict_receipts_artifact ON runtime.ds_predict_receipts USING btree (compiled_id, created_at);

CREATE INDEX ds_predict_receipts_owner ON runtime.ds_predict_receipts USING btree (owner, thread_id, created_at, receipt_id);

CREATE INDEX ds_predictions_open ON runtime.ds_predictions USING btree (queued_at) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE UNIQUE INDEX frames_order ON runtime.frames USING btree (run_id, seq DESC);

CREATE INDEX memory_chunks_alone ON runtime.memory_chunks USING btree (level, window_start) WHERE ((state = 'sealed'::text) AND (parent_id IS NULL) AND (level < 3));

CREATE INDEX memory_chunks_building ON runtime.memory_chunks USING btree (lease_until) WHERE (state = 'building'::text);

CREATE UNIQUE INDEX memory_chunks_one ON runtime.memory_chunks USING btree (thread_id, owner, level, window_start, part) WHERE (state = ANY (ARRAY['building'::text, 'sealed'::text]));

CREATE INDEX memory_chunks_parent ON runtime.memory_chunks USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX memory_chunks_search ON runtime.memory_chunks USING gin (search);

CREATE INDEX operator_audit_target ON runtime.operator_audit USING btree (target) WHERE (target IS NOT NULL);

CREATE INDEX projected_messages_run ON runtime.projected_messages USING btree (run_id);

CREATE INDEX projected_messages_thread ON runtime.projected_messages USING btree (thread_id, created_at);

CREATE INDEX projected_runs_thread ON runtime.projected_runs USING btree (thread_id, created_at);

CREATE INDEX projection_watermarks_checked ON runtime.projection_watermarks USING btree (checked_at NULLS FIRST) WHERE (status = 'done'::text);

CREATE INDEX projection_watermarks_dead ON runtime.projection_watermarks USING btree (run_id) WHERE (status = 'dead'::text);

CREATE INDEX projection_watermarks_open ON runtime.projection_watermarks USING btree (run_id) WHERE (status = 'live'::text);

CREATE UNIQUE INDEX run_events_one_end ON runtime.run_events USING btree (run_id) WHERE (event_type = 'run.finished'::text);

CREATE INDEX run_leases_expiry ON runtime.run_leases USING btree (expires_at);

CREATE INDEX runs_ended ON runtime.runs USING btree (terminal_at, run_id) WHERE (terminal_at IS NOT NULL);

CREATE INDEX runs_given_up ON runtime.runs USING btree (terminal_at) WHERE (terminal_reason_class = 'executor_recovery_exhausted'::text);

CREATE INDEX runs_live ON runtime.runs USING btree (created_at) WHERE (status <> ALL (ARRAY['completed'::text, 'failed'::text, 'canceled'::text]));

CREATE INDEX runs_live_thread ON runtime.runs USING btree (owner, thread_id) WHERE (status <> ALL (ARRAY['completed'::text, 'failed'::text, 'canceled'::text]));

CREATE INDEX runs_thread ON runtime.runs USING btree (thread_id, created_at DESC);

CREATE INDEX runs_to_remember ON runtime.runs USING btree (thread_id) WHERE (NOT remembered);

CREATE INDEX slot_line_keys ON runtime.slot_line USING gin (keys) WITH (fastupdate=off);

CREATE INDEX tool_tasks_open ON runtime.tool_tasks USING btree (created_at) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text, 'streaming'::text]));

CREATE INDEX tool_tasks_run ON runtime.tool_tasks USING btree (run_id, created_at);

CREATE INDEX tool_tasks_unknown ON runtime.tool_tasks USING btree (updated_at) WHERE ((error_class = ANY (ARRAY['lost'::text, 'timeout'::text])) AND (NOT late));

CREATE INDEX webhook_deliveries_claimed ON runtime.webhook_deliveries USING btree (endpoint) WHERE ((state = 'pending'::text) AND (claimed_until IS NOT NULL));

CREATE INDEX webhook_deliveries_created ON runtime.webhook_deliveries USING btree (created_at);

CREATE INDEX webhook_deliveries_due ON runtime.webhook_deliveries USING btree (endpoint, due_at, seq) WHERE (state = 'pending'::text);

CREATE INDEX webhook_deliveries_run ON runtime.webhook_deliveries USING btree (run_id);

CREATE OR REPLACE FUNCTION runtime.breaker_is_forced(b runtime.provider_breakers, p_forced text, p_at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN COALESCE((((b).forced = p_forced) AND ((b).forced_until > p_at)), false);

CREATE OR REPLACE FUNCTION runtime.breaker_takes(b runtime.provider_breakers, i runtime.breaker_input)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE (i).kind WHEN 'admit'::text THEN (COALESCE(((b).forced_until <= (i).at), true) AND ((((b).state = 'open'::text) AND ((b).open_until <= (i).at)) OR (((b).state = 'half_open'::text) AND (EXISTS (SELECT FROM unnest((breaker_takes.b).probe_slots) s(until) WHERE COALESCE((s.until <= (breaker_takes.i).at), true)))))) WHEN 'outcomes'::text THEN (((b).state = 'closed'::text) AND ((b).generation = (i).generation)) WHEN 'probe'::text THEN (((b).state = 'half_open'::text) AND ((b).generation = (i).generation) AND ((i).permit > (i).at) AND ((i).permit = ANY ((b).probe_slots))) ELSE true END;

CREATE OR REPLACE FUNCTION runtime.breaker_window(b runtime.provider_breakers, p_at timestamp with time zone, OUT ok integer, OUT fault integer, OUT slow integer)
 RETURNS record
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (SELECT ROW((COALESCE(sum(w.ok), (0)::bigint))::integer, (COALESCE(sum(w.fault), (0)::bigint))::integer, (COALESCE(sum(w.slow), (0)::bigint))::integer) AS "row" FROM UNNEST((breaker_window.b).bucket_no, (breaker_window.b).oks, (breaker_window.b).faults, (breaker_window.b).slows) w(no, ok, fault, slow) WHERE (w.no > ((floor((EXTRACT(epoch FROM breaker_window.p_at) / (6)::numeric)))::bigint - 10)));

CREATE OR REPLACE FUNCTION runtime.hash_field(value bytea)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (int4send(octet_length(value)) || value);

CREATE OR REPLACE FUNCTION runtime.rate_level(p_level double precision, p_since timestamp with time zone, p_at timestamp with time zone, p_per_min double precision, p_back double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (p_per_min IS NOT NULL) THEN LEAST(p_per_min, ((COALESCE(p_level, p_per_min) + p_back) + ((GREATEST((0)::double precision, (EXTRACT(epoch FROM (p_at - p_since)))::double precision) * p_per_min) / (60)::double precision))) ELSE NULL::double precision END;

CREATE OR REPLACE FUNCTION runtime.slot_keys(p_thread_id text, p_owner text, p_autopilot_id text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN array_remove(ARRAY[('autopilot:'::text || p_autopilot_id), ('owner:'::text || p_owner), ('thread:'::text || p_thread_id)], NULL::text);

CREATE OR REPLACE FUNCTION runtime.slot_limit(p_key text, p_limits integer[])
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (p_limits)[CASE split_part(p_key, ':'::text, 1) WHEN 'thread'::text THEN 1 WHEN 'owner'::text THEN 2 WHEN 'provider'::text THEN 4 ELSE 3 END];

CREATE OR REPLACE FUNCTION runtime.slot_provider(p_model text, p_mode text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((p_mode = 'tool'::text) OR (POSITION(('/'::text) IN (p_model)) = 0)) THEN NULL::text WHEN (p_model ~~ 'scripted/%'::text) THEN ('scripted.'::text || "substring"(p_model, '[?&]as=([a-z]+)'::text)) ELSE split_part(p_model, '/'::text, 1) END;

CREATE OR REPLACE FUNCTION runtime.acquire_lease(p_run_id text, p_owner text, p_ttl_s double precision, p_code_version text, OUT outcome text, OUT epoch bigint, OUT seq bigint)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  head  runtime.run_heads;
  lease runtime.run_leases;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  select * into lease from runtime.run_leases l where l.run_id = p_run_id for update;
  outcome := case
    when head.run_id is null then 'missing'
    when head.closed_seq is not null then 'closed'
    when lease.expires_at > clock_timestamp() then 'held'
    when lease.owner is not null then 'expired'
    else 'granted' end;
  seq := head.seq;
  if outcome <> 'granted' then
    return;
  end if;
  epoch := head.epoch + 1;
  update runtime.run_heads h set epoch = acquire_lease.epoch where h.run_id = p_run_id;
  insert into runtime.run_leases as l (run_id, owner, epoch, expires_at, code_version)
  values (p_run_id, p_owner, acquire_lease.epoch,
          clock_timestamp() + make_interval(secs => p_ttl_s), p_code_version)
  on conflict (run_id) do update
     set owner = excluded.owner, epoch = excluded.epoch, expires_at = excluded.expires_at,
         heartbeat_at = now(), code_version = excluded.code_version;
end $function$;

CREATE OR REPLACE FUNCTION runtime.admit_call(p_key text, p_ttl_s double precision, p runtime.breaker_policy, p_now timestamp with time zone, OUT verdict text, OUT state text, OUT generation bigint, OUT permit timestamp with time zone, OUT wait_s double precision, OUT moved boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  at timestamptz := coalesce(p_now, clock_timestamp());
  b  runtime.provider_breakers;
  m  runtime.provider_breakers;
  i  runtime.breaker_input;
begin
  select * into b from runtime.provider_breakers r where r.key = p_key;
  if not found then
    insert into runtime.provider_breakers (key, closed_at, updated_at) values (p_key, at, at)
    on conflict do nothing;
    select * into b from runtime.provider_breakers r where r.key = p_key;
  end if;
  moved := false;
  if not runtime.breaker_is_forced(b, 'closed', at)
     and (b.state <> 'closed' or runtime.breaker_is_forced(b, 'open', at)) then
    i.kind := 'admit';
    i.at := at;
    i.permit := at + make_interval(secs => p_ttl_s);
    if runtime.breaker_takes(b, i) then
      select * into m from runtime.move_breaker(p_key, i, p);
    end if;
    if m.key is not null then
      verdict := 'probe';
      permit := i.permit;
      moved := m.probe_successes = 0 and cardinality(array_remove(m.probe_slots, null)) = 1
               and m.generation > b.generation;
      b := m;
    else
      select * into b from runtime.provider_breakers r where r.key = p_key;
    end if;
  end if;
  state := b.state;
  generation := b.generation;
  if verdict is null then
    verdict := case
      when runtime.breaker_is_forced(b, 'closed', at) then 'closed'
      when b.state <> 'closed' or runtime.breaker_is_forced(b, 'open', at) then 'open'
      when b.throttled_until > at then 'throttled'
      else 'closed' end;
    wait_s := case
      when verdict = 'throttled' then extract(epoch from b.throttled_until - at)
      when verdict = 'closed' then 0
      when runtime.breaker_is_forced(b, 'open', at) then extract(epoch from b.forced_until - at)
      when b.state = 'open' then extract(epoch from b.open_until - at)
      else 1 end;
  end if;
end $function$;

CREATE OR REPLACE FUNCTION runtime.append_events(p_run_id text, p_expected_seq bigint, p_epoch bigint, p_types text[], p_versions integer[], p_classes text[], p_payloads text[], p_status text, p_trace_id text, p_request_id text, p_span_id text, p_trace_flags smallint, p_tracestate text, OUT outcome text, OUT seq bigint, OUT cancel_requested boolean, OUT occurred_at timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  head         runtime.run_heads;
  n            int := cardinality(p_types);
  at_us        bytea;
  prefix       bytea;
  link         bytea;
  digests      bytea[] := '{}';
  links        bytea[] := '{}';
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  outcome := case
    when head.run_id is null then 'missing'
    when head.closed_seq is not null then 'closed'
    when p_epoch <> head.epoch then 'superseded'
    when p_expected_seq <> head.seq then 'raced'
    else 'ok' end;
  seq := head.seq;
  cancel_requested := head.cancel_requested;
  if outcome <> 'ok' then
    return;
  end if;

  occurred_at := clock_timestamp();
  at_us := runtime.hash_field(
    convert_to((extract(epoch from occurred_at) * 1000000)::bigint::text, 'UTF8'));
  prefix := runtime.hash_field('oa.event.v1') || runtime.hash_field(convert_to(p_run_id, 'UTF8'));
  link := head.chain_head;
  for i in 1..n loop
    digests[i] := sha256(convert_to(p_payloads[i], 'UTF8'));
    link := sha256(prefix
      || runtime.hash_field(convert_to((head.seq + i)::text, 'UTF8'))
      || runtime.hash_field(convert_to(p_types[i], 'UTF8'))
      || runtime.hash_field(convert_to(p_versions[i]::text, 'UTF8'))
      || at_us
      || runtime.hash_field(digests[i])
      || runtime.hash_field(link));
    links[i] := link;
  end loop;

  insert into runtime.run_events (
    run_id, seq, event_type, event_version, event_class, payload, payload_hash, prev_hash,
    event_hash, occurred_at, epoch, trace_id, request_id, span_id, trace_flags, tracestate)
  select p_run_id, head.seq + i, p_types[i], p_versions[i], p_classes[i], p_payloads[i],
         digests[i], case i when 1 then head.chain_head else links[i - 1] end, links[i],
         append_events.occurred_at, head.epoch, p_trace_id, p_request_id, p_span_id, p_trace_flags,
         p_tracestate
    from generate_series(1, n) i;

  seq := head.seq + n;
  cancel_requested := head.cancel_requested or 'run.cancel_requested' = any(p_types);
  update runtime.run_heads h
     set seq = append_events.seq,
         chain_head = link,
         cancel_requested = append_events.cancel_requested,
         closed_seq = case when p_types[n] = 'run.finished' then append_events.seq end
   where h.run_id = p_run_id;

  if p_status is not null then
    update runtime.runs r
       set status = case when append_events.cancel_requested then 'canceling' else p_status end,
           updated_at = append_events.occurred_at
     where r.run_id = p_run_id and r.terminal_at is null;
  end if;

  perform pg_notify('run_events', p_run_id || ':' || seq);
  if cancel_requested and not head.cancel_requested then
    perform pg_notify('run_control', p_run_id);
  end if;
end $function$;

CREATE OR REPLACE FUNCTION runtime.append_many(p_run_ids text[], p_epochs bigint[], p_counts integer[], p_types text[], p_versions integer[], p_classes text[], p_payloads text[], p_trace_ids text[], p_request_ids text[], p_span_ids text[], p_trace_flags smallint[])
 RETURNS TABLE(run_id text, outcome text, seq bigint, cancel_requested boolean, occurred_at timestamp with time zone)
 LANGUAGE plpgsql
AS $function$
declare
  first int := 1;
  last  int;
begin
  for r in 1..cardinality(p_run_ids) loop
    last := first + p_counts[r] - 1;
    run_id := p_run_ids[r];
    select a.outcome, a.seq, a.cancel_requested, a.occurred_at
      into outcome, seq, cancel_requested, occurred_at
      from runtime.append_events(
        p_run_ids[r], null, p_epochs[r], p_types[first:last], p_versions[first:last],
        p_classes[first:last], p_payloads[first:last], null,
        p_trace_ids[r], p_request_ids[r], p_span_ids[r], p_trace_flags[r], null) a;
    return next;
    first := last + 1;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION runtime.begin_projection()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.owner_user_id is not null then
    insert into runtime.projection_watermarks (run_id, user_id, version)
    values (new.run_id, new.owner_user_id, 'laravel.v1')
    on conflict do nothing;
  end if;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION runtime.breaker_counted(b runtime.provider_breakers, i runtime.breaker_input, p runtime.breaker_policy)
 RETURNS runtime.provider_breakers
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
declare
  no bigint := floor(extract(epoch from i.at) / 6);
  n  int := no % 10 + 1;
begin
  b := runtime.breaker_throttled(b, i);
  if i.throttle_s is not null and b.throttled_since < i.at - make_interval(secs => p.throttled_s) then
    i.fault := i.fault + 1;
    i.fault_run := i.fault_run + 1;
  end if;
  if b.bucket_no[n] <> no then
    b.bucket_no[n] := no;
    b.oks[n] := 0;
    b.faults[n] := 0;
    b.slows[n] := 0;
  end if;
  b.oks[n] := b.oks[n] + i.ok;
  b.faults[n] := b.faults[n] + i.fault;
  b.slows[n] := b.slows[n] + i.slow;
  b.consecutive_faults := i.fault_run + case when i.ok > 0 then 0 else b.consecutive_faults end;
  return b;
end $function$;

CREATE OR REPLACE FUNCTION runtime.breaker_enter(b runtime.provider_breakers, p_state text, p_rule text, i runtime.breaker_input, p runtime.breaker_policy)
 RETURNS runtime.provider_breakers
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  if p_state = 'open' then
    b.trips := case when b.state = 'closed' and b.closed_at <= i.at - make_interval(secs => p.calm_s)
                    then 1 else b.trips + 1 end;
    b.opened_at := i.at;
    b.open_until := i.at + make_interval(
      secs => i.jitter * least(p.longest_open_s, p.open_s * 2 ^ least(b.trips - 1, 30)));
  elsif p_state = 'closed' then
    b.closed_at := i.at;
    b.opened_at := null;
    b.open_until := null;
    b.bucket_no := array_fill(0::bigint, array[10]);
    b.consecutive_faults := 0;
  end if;
  b.state := p_state;
  b.rule := p_rule;
  b.generation := b.generation + 1;
  b.probe_slots := array_fill(null::timestamptz, array[3]);
  b.probe_successes := 0;
  return b;
end $function$;

CREATE OR REPLACE FUNCTION runtime.breaker_next(b runtime.provider_breakers, i runtime.breaker_input, p runtime.breaker_policy)
 RETURNS runtime.provider_breakers
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
declare
  faults int := b.consecutive_faults;
  due    text;
  n      int;
begin
  b.updated_at := i.at;
  case i.kind
  when 'admit' then
    if b.state = 'open' then
      b := runtime.breaker_enter(b, 'half_open', 'open_period_over', i, p);
    end if;
    select min(s.n) into n from unnest(b.probe_slots) with ordinality s (until, n)
     where coalesce(s.until <= i.at, true);
    b.probe_slots[n] := i.permit;
  when 'outcomes' then
    b := runtime.breaker_counted(b, i, p);
    due := runtime.breaker_rule(b, i, p, faults);
    if due is not null and not runtime.breaker_is_forced(b, 'closed', i.at) then
      b := runtime.breaker_enter(b, 'open', due, i, p);
    end if;
  when 'probe' then
    b := runtime.breaker_throttled(b, i);
    b.probe_slots[array_position(b.probe_slots, i.permit)] := null;
    case i.result
    when 'ok' then
      b.probe_successes := b.probe_successes + 1;
      if b.probe_successes >= cardinality(b.probe_slots) then
        b := runtime.breaker_enter(b, 'closed', 'probes_succeeded', i, p);
      end if;
    when 'slow' then b := runtime.breaker_enter(b, 'open', 'probe_was_slow', i, p);
    when 'fault' then b := runtime.breaker_enter(b, 'open', 'probe_failed', i, p);
    when 'none' then null;
    end case;
  when 'trip' then b := runtime.breaker_enter(b, 'open', 'tripped', i, p);
  when 'reset' then
    b := runtime.breaker_enter(b, 'closed', 'reset', i, p);
    b.trips := 0;
    b.forced := null;
    b.forced_until := null;
  when 'force' then
    b.forced := i.forced;
    b.forced_until := i.at + make_interval(secs => i.hold_s);
    b.generation := b.generation + 1;
    b.rule := 'forced';
    b.probe_slots := array_fill(null::timestamptz, array[3]);
  end case;
  return b;
end $function$;

CREATE OR REPLACE FUNCTION runtime.breaker_rule(b runtime.provider_breakers, i runtime.breaker_input, p runtime.breaker_policy, p_faults_before integer)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
declare
  figures record;
  calls   int;
begin
  select * into figures from runtime.breaker_window(b, i.at);
  calls := figures.ok + figures.fault;
  return case
    when b.consecutive_faults >= p.faults_in_a_row and b.consecutive_faults <> p_faults_before
      then 'faults_in_a_row'
    when calls >= p.volume and figures.fault >= p.fault_rate * calls then 'fault_rate'
    when calls >= p.volume and figures.slow >= p.slow_rate * calls then 'slow_rate'
  end;
end $function$;

CREATE OR REPLACE FUNCTION runtime.breaker_throttled(b runtime.provider_breakers, i runtime.breaker_input)
 RETURNS runtime.provider_breakers
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  if i.throttle_s is null then
    b.throttled_since := case when i.ok > 0 or i.result = 'ok' then null else b.throttled_since end;
    return b;
  end if;
  b.throttled_since := case
    when b.throttled_until > i.at - interval '60 s' and coalesce(i.ok, 0) = 0
    then coalesce(b.throttled_since, i.at) else i.at end;
  b.throttled_until := greatest(b.throttled_until, i.at + make_interval(secs => i.throttle_s));
  return b;
end $function$;

CREATE OR REPLACE FUNCTION runtime.count_live(p_run_id text, p_thread_id text, p_owner text, p_lock text, OUT of_owner integer, OUT beside text[], OUT ahead integer)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock(hashtextextended('oa.starts.' || p_lock, 0));
  select count(*),
         coalesce(array_agg(r.run_id order by r.run_id)
                  filter (where r.thread_id = p_thread_id and r.run_id <> p_run_id
                            and r.mode <> 'tool'), '{}'),
         count(*) filter (where r.thread_id = p_thread_id and r.run_id <> p_run_id
                            and r.mode <> 'tool' and r.status <> 'waiting_input')
    into of_owner, beside, ahead
    from runtime.runs r
   where r.owner = p_owner and r.status not in ('completed', 'failed', 'canceled');
end $function$;

CREATE OR REPLACE FUNCTION runtime.end_run(p_run_id text, p_epoch bigint, p_finished jsonb, p_at timestamp with time zone, p_limits integer[], OUT took_s double precision, OUT woken text[], OUT cancelled text[])
 RETURNS record
 LANGUAGE plpgsql
AS $function$
begin
  if p_run_id is null then
    return;
  end if;
  update runtime.runs r
     set status = p_finished ->> 'status', updated_at = now(), terminal_at = p_at,
         terminal_reason_class = p_finished ->> 'reason_class',
         terminal_reason = p_finished ->> 'reason'
   where r.run_id = p_run_id and r.terminal_at is null
  returning extract(epoch from r.terminal_at - r.created_at)::float8 into took_s;
  woken := array(select runtime.release_slots(p_run_id, p_limits));
  with gone as (
    update runtime.tool_tasks t
       set state = 'canceled', error_class = 'canceled', updated_at = now(),
           deadline = coalesce(t.deadline, now()), ended_at = now()
     where t.run_id = p_run_id and t.state in ('queued', 'running', 'streaming')
    returning t.tool_name
  )
  select coalesce(array_agg(gone.tool_name), '{}') into cancelled from gone;
  delete from runtime.run_leases l
   where l.run_id = p_run_id and l.epoch = p_epoch and l.owner is not null;
  delete from runtime.run_checkpoints c where c.run_id = p_run_id;
end $function$;

CREATE OR REPLACE FUNCTION runtime.grant_slots(p_run_id text, p_limits integer[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  line runtime.slot_line;
begin
  select * into line from runtime.slot_line w where w.run_id = p_run_id;
  perform runtime.lock_slots(line.keys) where line.keys is not null;
  select * into line from runtime.slot_line w where w.run_id = p_run_id and w.granted_at is null;
  if line.run_id is null
     or not runtime.slots_free(p_run_id, line.keys, line.since, null, p_limits) then
    return false;
  end if;
  perform runtime.hold_slots(p_run_id, line.owner, line.keys);
  update runtime.slot_line w set granted_at = clock_timestamp() where w.run_id = p_run_id;
  return true;
end $function$;

CREATE OR REPLACE FUNCTION runtime.hold_slots(p_run_id text, p_owner text, p_keys text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update runtime.slots s set holders = s.holders || p_run_id
   where s.key = any(p_keys) and p_run_id <> all(s.holders);
  update runtime.slot_line w set turn_at = clock_timestamp()
   where w.keys @> array['owner:' || p_owner] and w.granted_at is null and w.run_id <> p_run_id;
end $function$;

CREATE OR REPLACE FUNCTION runtime.keep_breaker_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  figures record;
begin
  select * into figures
    from runtime.breaker_window(case new.state when 'closed' then old else new end, new.updated_at);
  insert into runtime.provider_breaker_history
    (key, generation, at, from_state, to_state, rule, ok, fault, slow, trips, open_until, forced)
  values (new.key, new.generation, new.updated_at, old.state, new.state, new.rule, figures.ok,
          figures.fault, figures.slow, new.trips, new.open_until, new.forced);
  perform pg_notify('provider_control', new.key);
  return null;
end $function$;

CREATE OR REPLACE FUNCTION runtime.keys_of_run(p_run runtime.runs)
 RETURNS text[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
begin
  return array_remove(
    array['autopilot:' || (p_run).autopilot_id, 'owner:' || (p_run).owner,
          'provider:' || runtime.slot_provider((p_run).model, (p_run).mode),
          case when (p_run).mode <> 'tool' then 'thread:' || (p_run).thread_id end], null);
end $function$;

CREATE OR REPLACE FUNCTION runtime.keys_waited_for(p_keys text[], p_limits integer[])
 RETURNS text[]
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return array(
    select wanted.key from unnest(p_keys) as wanted (key)
     where wanted.key not like 'provider:%'
        or exists (
          select from runtime.slots s
           where s.key = wanted.key
             and cardinality(s.holders) >= runtime.slot_limit(s.key, p_limits)));
end $function$;

CREATE OR REPLACE FUNCTION runtime.lock_slots(p_keys text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  each text;
begin
  foreach each in array p_keys loop
    loop
      perform from runtime.slots s where s.key = each for update;
      exit when found;
      insert into runtime.slots (key, holders) values (each, '{}') on conflict do nothing;
      exit when found;
    end loop;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION runtime.move_breaker(p_key text, i runtime.breaker_input, p runtime.breaker_policy)
 RETURNS SETOF runtime.provider_breakers
 LANGUAGE plpgsql
AS $function$
begin
  return query
  update runtime.provider_breakers b
     set (state, generation, rule, bucket_no, oks, faults, slows, consecutive_faults, trips,
          opened_at, open_until, closed_at, probe_slots, probe_successes, throttled_since,
          throttled_until, forced, forced_until, updated_at) =
         (select n.state, n.generation, n.rule, n.bucket_no, n.oks, n.faults, n.slows,
                 n.consecutive_faults, n.trips, n.opened_at, n.open_until, n.closed_at,
                 n.probe_slots, n.probe_successes, n.throttled_since, n.throttled_until, n.forced,
                 n.forced_until, n.updated_at
            from runtime.breaker_next(b, i, p) n)
   where b.key = p_key and runtime.breaker_takes(b, i)
  returning b.*;
end $function$;

CREATE OR REPLACE FUNCTION runtime.next_in_line(p_keys text[], p_leaving text, p_but text[], p_count integer, p_limits integer[])
 RETURNS SETOF runtime.slot_line
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  full_keys text[] := array(
    select s.key from runtime.slots s
     where s.key = any(p_keys)
       and cardinality(array_remove(s.holders, p_leaving))
             >= runtime.slot_limit(s.key, p_limits));
begin
  return query
  select l.* from (
    select * from runtime.slot_line w
     where w.keys && p_keys and not w.keys && full_keys
       and w.granted_at is null and w.run_id <> all(p_but)
     order by w.turn_at, w.since, w.run_id
    offset 0) l  -- in order, then looked at one by one
   where runtime.slots_free(l.run_id, l.keys, l.since, p_leaving, p_limits)
   limit p_count;
end $function$;

CREATE OR REPLACE FUNCTION runtime.park_in_line(p_run_id text, p_epoch bigint, p_seen_seq bigint)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
begin
  perform from runtime.run_heads h where h.run_id = p_run_id for update;
  if exists (select from runtime.slot_line w
              where w.run_id = p_run_id and w.granted_at is not null) then
    return 'moved';
  end if;
  return runtime.park_lease(p_run_id, p_epoch, p_seen_seq);
end $function$;

CREATE OR REPLACE FUNCTION runtime.park_lease(p_run_id text, p_epoch bigint, p_seen_seq bigint, OUT outcome text)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
declare
  head runtime.run_heads;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  outcome := case
    when head.epoch is distinct from p_epoch then 'superseded'
    when head.seq <> p_seen_seq then 'moved'
    else 'parked' end;
  if outcome = 'parked' then
    update runtime.run_heads h set parked_seq = p_seen_seq where h.run_id = p_run_id;
    delete from runtime.run_leases l where l.run_id = p_run_id and l.epoch = p_epoch;
  end if;
end $function$;

CREATE OR REPLACE FUNCTION runtime.prune_payloads(p_run_id text, p_class text, p_seqs bigint[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  head   runtime.run_heads;
  pruned int;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  if head.closed_seq is null or p_class not in ('delta', 'progress') then
    return 0;
  end if;
  update runtime.run_events e
     set payload = null
   where e.run_id = p_run_id
     and e.seq = any(p_seqs)
     and e.event_class = p_class
     and e.payload is not null
     and (p_class = 'progress' or e.seq <= head.floor_seq);
  get diagnostics pruned = row_count;
  return pruned;
end $function$;

CREATE OR REPLACE FUNCTION runtime.read_for_fold(p_run_id text, p_after bigint, p_until bigint)
 RETURNS TABLE(seq bigint, event_type text, event_version integer, payload text, occurred_at timestamp with time zone, trace_id text, request_id text, span_id text, trace_flags smallint, tracestate text)
 LANGUAGE plpgsql
 STRICT
AS $function$
begin
  return query
  select e.seq, e.event_type, e.event_version, e.payload, e.occurred_at,
         e.trace_id, e.request_id, e.span_id, e.trace_flags, e.tracestate
    from runtime.run_events e
   where e.run_id = p_run_id and e.seq > p_after and e.seq <= p_until
     and (e.event_class not in ('delta', 'progress')
          or e.seq = (select h.seq from runtime.run_heads h where h.run_id = p_run_id))
   order by e.seq;
end $function$;

CREATE OR REPLACE FUNCTION runtime.record_act(p_actor text, p_role text, p_key_id text, p_act text, p_target text, p_arguments text, p_reason text, p_before text, p_after text, p_outcome text, p_request_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  head    runtime.operator_audit_head;
  now_at  timestamptz;
  value   text;
  link    bytea := runtime.hash_field('oa.audit.v1');
begin
  insert into runtime.operator_audit_head default values on conflict do nothing;
  select * into head from runtime.operator_audit_head for update;
  head.seq := head.seq + 1;
  now_at := clock_timestamp();
  foreach value in array array[
    head.seq::text, (extract(epoch from now_at) * 1000000)::bigint::text, p_actor, p_role, p_key_id,
    p_act, p_target, p_arguments, p_reason, p_before, p_after, p_outcome, p_request_id]
  loop
    link := link || coalesce(runtime.hash_field(convert_to(value, 'UTF8')), int4send(-1));
  end loop;
  link := sha256(link || runtime.hash_field(head.chain_head));
  insert into runtime.operator_audit (
    seq, at, actor, role, key_id, act, target, arguments, reason, before, after, outcome,
    request_id, prev_hash, row_hash)
  values (
    head.seq, now_at, p_actor, p_role, p_key_id, p_act, p_target, p_arguments, p_reason, p_before,
    p_after, p_outcome, p_request_id, head.chain_head, link);
  update runtime.operator_audit_head set seq = head.seq, chain_head = link;
  return head.seq;
end $function$;

CREATE OR REPLACE FUNCTION runtime.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '%.% is append-only', tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION runtime.release_slots(p_run_id text, p_limits integer[])
 RETURNS SETOF text
 LANGUAGE plpgsql
AS $function$
declare
  mine   text[];
  locked text[];
  wanted text[];
  woken  text[] := '{}';
  line   runtime.slot_line;
begin
  select runtime.keys_of_run(r) into mine from runtime.runs r where r.run_id = p_run_id;
  wanted := runtime.keys_waited_for(mine, p_limits);
  locked := array(
    select key from (
      select unnest(mine) as key
      union
      select unnest(n.keys) from runtime.next_in_line(wanted, p_run_id, '{}', 8, p_limits) n) likely
    order by key collate "C");
  perform runtime.lock_slots(locked);
  wanted := runtime.keys_waited_for(mine, p_limits);
  update runtime.slots s set holders = array_remove(s.holders, p_run_id) where s.key = any(mine);
  delete from runtime.slot_line w where w.run_id = p_run_id;
  loop
    select * into line from runtime.next_in_line(wanted, null, woken, 1, p_limits);
    exit when line.run_id is null or cardinality(woken) = 16;
    woken := woken || line.run_id;
    if line.keys <@ locked then
      perform runtime.grant_slots(line.run_id, p_limits);
    end if;
    return next line.run_id;
  end loop;
  delete from runtime.slots s where s.key = any(locked) and s.holders = '{}';
end $function$;

CREATE OR REPLACE FUNCTION runtime.slots_free(p_run_id text, p_keys text[], p_since timestamp with time zone, p_leaving text, p_limits integer[])
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return not exists (
      select from runtime.slots s
       where s.key = any(p_keys)
         and p_run_id <> all(s.holders)
         and cardinality(array_remove(s.holders, p_leaving))
               >= runtime.slot_limit(s.key, p_limits))
    and not exists (
      select from runtime.runs mine
        join runtime.runs r on r.owner = mine.owner and r.thread_id = mine.thread_id
       where mine.run_id = p_run_id
         and r.status not in ('completed', 'failed', 'canceled')
         and r.run_id is distinct from p_leaving
         and (r.created_at, r.run_id) < (p_since, p_run_id)
         and (r.status = 'canceling'
              or (r.status = 'accepted'
                  and exists (select from runtime.frames f
                               where f.run_id = r.run_id and f.frame_type = 'user_message'))));
end $function$;

CREATE OR REPLACE FUNCTION runtime.spend_rate_budget(p_key text, p runtime.rate_limits, p_requests double precision, p_tokens double precision, p_back_requests double precision, p_back_tokens double precision, p_at timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  update runtime.provider_rate_budgets b
     set requests_capacity = p.requests_per_min,
         requests_per_s = p.requests_per_min / 60,
         requests_level = runtime.rate_level(
           b.requests_level, b.updated_at, p_at, p.requests_per_min, p_back_requests) - p_requests,
         tokens_capacity = p.tokens_per_min,
         tokens_per_s = p.tokens_per_min / 60,
         tokens_level = runtime.rate_level(
           b.tokens_level, b.updated_at, p_at, p.tokens_per_min, p_back_tokens) - p_tokens,
         updated_at = greatest(b.updated_at, p_at)
   where b.key = p_key
     and (p_requests = 0
          or coalesce(b.throttled_until <= p_at, true)
             and coalesce(runtime.rate_level(
                   b.requests_level, b.updated_at, p_at, p.requests_per_min, p_back_requests)
                   >= least(p_requests, p.requests_per_min), true)
             and coalesce(runtime.rate_level(
                   b.tokens_level, b.updated_at, p_at, p.tokens_per_min, p_back_tokens)
                   >= least(p_tokens, p.tokens_per_min), true));
  return found;
end $function$;

CREATE OR REPLACE FUNCTION runtime.take_rate_budget(p_key text, p_run_id text, p runtime.rate_limits, p_tokens double precision, p_more_requests double precision, p_more_tokens double precision, p_back_requests double precision, p_back_tokens double precision, p_patience_s double precision, OUT wait_s double precision, OUT ahead boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  at     timestamptz := clock_timestamp();
  others boolean := exists (
    select from runtime.provider_rate_turns w where w.key = p_key and w.waits_until > at);
  who    text;
  served timestamptz := '-infinity';
  first  boolean := true;
  b      runtime.provider_rate_budgets;
begin
  ahead := false;
  if others then
    select r.owner into who from runtime.runs r where r.run_id = p_run_id;
    who := coalesce(who, '');
    select w.served_at into served
      from runtime.provider_rate_turns w where w.key = p_key and w.owner = who;
    served := coalesce(served, '-infinity');
    others := exists (
      select from runtime.provider_rate_turns w
       where w.key = p_key and w.owner <> who and w.waits_until > at);
    first := not exists (
      select from runtime.provider_rate_turns w
       where w.key = p_key and w.owner <> who and w.waits_until > at and w.served_at < served);
  end if;
  if first then
    insert into runtime.provider_rate_budgets (key, updated_at)
    select p_key, at
     where not exists (select from runtime.provider_rate_budgets k where k.key = p_key)
    on conflict do nothing;
    ahead := not others and p_more_requests + p_more_tokens > 0
      and runtime.spend_rate_budget(p_key, p, 1 + p_more_requests, p_tokens + p_more_tokens,
                                    p_back_requests, p_back_tokens, at);
    if ahead or runtime.spend_rate_budget(
         p_key, p, 1, p_tokens, p_back_requests, p_back_tokens, at) then
      if others then
        insert into runtime.provider_rate_turns as w (key, owner, waits_until, served_at)
        values (p_key, who, at, at)
        on conflict (key, owner) do update
           set waits_until = excluded.waits_until, served_at = excluded.served_at;
      end if;
      return;
    end if;
  end if;
  select * into b from runtime.provider_rate_budgets k where k.key = p_key;
  wait_s := greatest(
    0.05,
    (1 - runtime.rate_level(
       b.requests_level, b.updated_at, at, p.requests_per_min, p_back_requests))
      * 60 / p.requests_per_min,
    (least(p_tokens, p.tokens_per_min) - runtime.rate_level(
       b.tokens_level, b.updated_at, at, p.tokens_per_min, p_back_tokens)) * 60 / p.tokens_per_min,
    extract(epoch from b.throttled_until - at)::float8);
  if wait_s > p_patience_s then
    return;
  end if;
  if who is null then
    select r.owner into who from runtime.runs r where r.run_id = p_run_id;
  end if;
  delete from runtime.provider_rate_turns w
   where (w.key, w.owner) in (
     select o.key, o.owner from runtime.provider_rate_turns o
      where o.key = p_key and o.waits_until < at - interval '60 s' for update skip locked);
  insert into runtime.provider_rate_turns as w (key, owner, waits_until)
  values (p_key, coalesce(who, ''), at + make_interval(secs => least(wait_s, 1) + 1))
  on conflict (key, owner) do update set waits_until = excluded.waits_until;
end $function$;

CREATE OR REPLACE FUNCTION runtime.take_slots(p_run_id text, p_epoch bigint, p_expected_seq bigint, p_limits integer[])
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  head  runtime.run_heads;
  run   runtime.runs;
  keys  text[];
  since timestamptz;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  if head.run_id is null or head.closed_seq is not null
     or p_epoch <> head.epoch or p_expected_seq <> head.seq then
    return true;
  end if;
  select * into run from runtime.runs r where r.run_id = p_run_id for no key update;
  keys := runtime.keys_of_run(run);
  perform runtime.lock_slots(keys);
  select w.since into since from runtime.slot_line w where w.run_id = p_run_id;
  since := coalesce(
    since, case run.status when 'accepted' then run.created_at else clock_timestamp() end);
  if (select count(*) from runtime.slots s where s.key = any(keys) and p_run_id = any(s.holders))
       = cardinality(keys)  -- granted, or kept for its next turn
     or runtime.slots_free(p_run_id, keys, since, null, p_limits) then
    perform runtime.hold_slots(p_run_id, run.owner, keys);
    delete from runtime.slot_line w where w.run_id = p_run_id;
    return true;
  end if;
  insert into runtime.slot_line (run_id, owner, keys, since, turn_at)
  values (p_run_id, run.owner, keys, since, since)
  on conflict (run_id) do nothing;
  return false;
end $function$;

create view runtime.run_view as
 SELECT h.run_id,
    h.seq,
    h.floor_seq,
    encode(h.chain_head, 'hex'::text) AS chain_head,
    h.cancel_requested,
    h.closed_seq,
    r.thread_id,
    r.owner_user_id,
    r.owner_guest_scope,
    r.mode,
    r.status,
    r.model,
    r.caps,
    r.content_hash,
    r.created_at,
    r.updated_at,
    r.terminal_reason_class,
    r.terminal_reason,
    r.terminal_at,
    COALESCE(r.request_mac, ('sha256:'::text || r.content_hash)) AS request_mac
   FROM (runtime.run_heads h
     JOIN runtime.runs r USING (run_id));

CREATE TRIGGER ds_compiled_artifacts_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.ds_compiled_artifacts FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER ds_pointer_versions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.ds_pointer_versions FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER ds_predict_receipts_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.ds_predict_receipts FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER ds_traces_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.ds_traces FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER operator_audit_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.operator_audit FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER provider_breakers_changed AFTER UPDATE ON runtime.provider_breakers FOR EACH ROW WHEN ((old.generation <> new.generation)) EXECUTE FUNCTION runtime.keep_breaker_change();

CREATE TRIGGER begin_projection AFTER INSERT ON runtime.runs FOR EACH ROW EXECUTE FUNCTION runtime.begin_projection();

revoke execute on function runtime.prune_payloads(text,text,bigint[]) from public;

revoke execute on function runtime.record_act(text,text,text,text,text,text,text,text,text,text,text) from public;

grant execute on function runtime.prune_payloads(text,text,bigint[]) to oa_app;

grant execute on function runtime.record_act(text,text,text,text,text,text,text,text,text,text,text) to oa_app;

grant usage on schema runtime to oa_app;

grant usage on schema runtime to oa_read;

grant delete, insert, select, update on table runtime.auth_nonces to oa_app;

grant select on table runtime.auth_nonces to oa_read;

grant insert, select, update on table runtime.beat_jobs to oa_app;

grant select on table runtime.beat_jobs to oa_read;

grant insert, select, update on table runtime.ds_artifact_pointers to oa_app;

grant select on table runtime.ds_artifact_pointers to oa_read;

grant insert, select on table runtime.ds_compiled_artifacts to oa_app;

grant select on table runtime.ds_compiled_artifacts to oa_read;

grant insert, select on table runtime.ds_pointer_versions to oa_app;

grant select on table runtime.ds_pointer_versions to oa_read;

grant insert, select on table runtime.ds_predict_receipts to oa_app;

grant select on table runtime.ds_predict_receipts to oa_read;

grant insert, select, update on table runtime.ds_predictions to oa_app;

grant select on table runtime.ds_predictions to oa_read;

grant insert, select on table runtime.ds_traces to oa_app;

grant select on table runtime.ds_traces to oa_read;

grant insert, select, update on table runtime.frames to oa_app;

grant select on table runtime.frames to oa_read;

grant delete, insert, select, update on table runtime.memory_chunks to oa_app;

grant select on table runtime.memory_chunks to oa_read;

grant delete, insert, select, update on table runtime.memory_compactions to oa_app;

grant select on table runtime.memory_compactions to oa_read;

grant delete, insert, select, update on table runtime.memory_cursors to oa_app;

grant select on table runtime.memory_cursors to oa_read;

grant select on table runtime.operator_audit to oa_app;

grant select on table runtime.operator_audit to oa_read;

grant select on table runtime.operator_audit_head to oa_app;

grant select on table runtime.operator_audit_head to oa_read;

grant delete, insert, select, update on table runtime.projected_messages to oa_app;

grant select on table runtime.projected_messages to oa_read;

grant delete, insert, select, update on table runtime.projected_run_events to oa_app;

grant select on table runtime.projected_run_events to oa_read;

grant delete, insert, select, update on table runtime.projected_runs to oa_app;

grant select on table runtime.projected_runs to oa_read;

grant delete, insert, select, update on table runtime.projected_threads to oa_app;

grant select on table runtime.projected_threads to oa_read;

grant delete, insert, select, update on table runtime.projection_audits to oa_app;

grant select on table runtime.projection_audits to oa_read;

grant delete, insert, select, update on table runtime.projection_watermarks to oa_app;

grant select on table runtime.projection_watermarks to oa_read;

grant insert, select on table runtime.provider_breaker_history to oa_app;

grant select on table runtime.provider_breaker_history to oa_read;

grant delete, insert, select, update on table runtime.provider_breakers to oa_app;

grant select on table runtime.provider_breakers to oa_read;

grant delete, insert, select, update on table runtime.provider_rate_budgets to oa_app;

grant select on table runtime.provider_rate_budgets to oa_read;

grant delete, insert, select, update on table runtime.provider_rate_turns to oa_app;

grant select on table runtime.provider_rate_turns to oa_read;

grant delete, insert, select, update on table runtime.retention_marks to oa_app;

grant select on table runtime.retention_marks to oa_read;

grant insert, select on table runtime.run_anchors to oa_app;

grant select on table runtime.run_anchors to oa_read;

grant delete, insert, select, update on table runtime.run_checkpoints to oa_app;

grant select on table runtime.run_checkpoints to oa_read;

grant insert, select on table runtime.run_events to oa_app;

grant select on table runtime.run_events to oa_read;

grant insert, select, update on table runtime.run_heads to oa_app;

grant select on table runtime.run_heads to oa_read;

grant delete, insert, select, update on table runtime.run_leases to oa_app;

grant select on table runtime.run_leases to oa_read;

grant select, update on table runtime.run_view to oa_app;

grant select on table runtime.run_view to oa_read;

grant insert, select, update on table runtime.runs to oa_app;

grant select on table runtime.runs to oa_read;

grant delete, insert, select, update on table runtime.slot_line to oa_app;

grant select on table runtime.slot_line to oa_read;

grant delete, insert, select, update on table runtime.slots to oa_app;

grant select on table runtime.slots to oa_read;

grant insert, select, update on table runtime.threads to oa_app;

grant select on table runtime.threads to oa_read;

grant delete, insert, select, update on table runtime.tool_listings to oa_app;

grant select on table runtime.tool_listings to oa_read;

grant delete, insert, select, update on table runtime.tool_rates to oa_app;

grant select on table runtime.tool_rates to oa_read;

grant insert, select, update on table runtime.tool_tasks to oa_app;

grant select on table runtime.tool_tasks to oa_read;

grant delete, insert, select, update on table runtime.webhook_attempts to oa_app;

grant select on table runtime.webhook_attempts to oa_read;

grant delete, insert, select, update on table runtime.webhook_deliveries to oa_app;

grant select on table runtime.webhook_deliveries to oa_read;

alter default privileges in schema runtime grant usage on sequences to oa_app;

alter default privileges in schema runtime grant delete, insert, select, update on tables to oa_app;

alter default privileges in schema runtime grant select on tables to oa_read;
