-- The schema at revision 0034, as the migrations make it. Written by `make schema`: change it
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

create table runtime.approvals (
  approval_id text not null,
  run_id text not null,
  kind text not null,
  tool_call_id text not null,
  attempt integer default 1 not null,
  authorization_id text,
  args_hash text not null,
  max_amount bigint,
  unit text,
  summary text,
  state text default 'pending'::text not null,
  decided_by text,
  requested_at timestamp with time zone default clock_timestamp() not null,
  decided_at timestamp with time zone,
  consumed_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  constraint approvals_amounts CHECK (((LEAST(max_amount) >= 0) AND (GREATEST(max_amount) <= '9007199254740991'::bigint))),
  constraint approvals_kind_check CHECK ((kind = ANY (ARRAY['spend'::text, 'tool'::text]))),
  constraint approvals_pkey PRIMARY KEY (approval_id),
  constraint approvals_spend CHECK (((kind <> 'spend'::text) OR (num_nonnulls(authorization_id, max_amount, unit) = 3))),
  constraint approvals_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'denied'::text, 'expired'::text, 'canceled'::text, 'consumed'::text])))
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
  authorization_ref_id text,
  authorization_ref_mode text,
  constraint runs_authorization_ref_mode_check CHECK ((authorization_ref_mode = ANY (ARRAY['deny'::text, 'interactive'::text, 'delegated_budget_with_threshold'::text, 'delegated_budget'::text]))),
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

create table runtime.spend_authorizations (
  authorization_id text not null,
  owner_key text not null,
  payer_type text not null,
  scope_kind text not null,
  scope_id text not null,
  mode text not null,
  unit text not null,
  covers text[] not null,
  max_total bigint not null,
  max_per_call bigint not null,
  max_per_day bigint,
  threshold bigint,
  constraints jsonb default '{}'::jsonb not null,
  on_exhausted text default 'continue'::text not null,
  not_before timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  parent_authorization_id text,
  depth integer default 0 not null,
  terms_hash text not null,
  status text default 'active'::text not null,
  status_reason text,
  created_by text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  updated_at timestamp with time zone default clock_timestamp() not null,
  constraint spend_authorizations_amounts CHECK (((LEAST(max_total, max_per_call, max_per_day, threshold) >= 0) AND (GREATEST(max_total, max_per_call, max_per_day, threshold) <= '9007199254740991'::bigint))),
  constraint spend_authorizations_authorization_id_check CHECK ((authorization_id ~ '^[A-Za-z0-9._:-]{1,200}$'::text)),
  constraint spend_authorizations_child CHECK (((parent_authorization_id IS NULL) = (depth = 0))),
  constraint spend_authorizations_constraints_check CHECK ((jsonb_typeof(constraints) = 'object'::text)),
  constraint spend_authorizations_covers_check CHECK (((covers <@ ARRAY['settlement'::text, 'models'::text]) AND (cardinality(covers) > 0))),
  constraint spend_authorizations_depth_check CHECK (((depth >= 0) AND (depth <= 4))),
  constraint spend_authorizations_maintenance CHECK (((owner_key = 'system:maintenance'::text) = (payer_type = 'system'::text))),
  constraint spend_authorizations_mode_check CHECK ((mode = ANY (ARRAY['deny'::text, 'interactive'::text, 'delegated_budget_with_threshold'::text, 'delegated_budget'::text]))),
  constraint spend_authorizations_on_exhausted_check CHECK ((on_exhausted = ANY (ARRAY['continue'::text, 'terminate'::text]))),
  constraint spend_authorizations_owner_key_check CHECK ((owner_key ~ '^(user:[0-9]+|guest:.+|system:maintenance)$'::text)),
  constraint spend_authorizations_owner_scope CHECK (((scope_kind <> 'owner'::text) OR (scope_id = owner_key))),
  constraint spend_authorizations_payer_type_check CHECK ((payer_type = ANY (ARRAY['system'::text, 'user'::text, 'autopilot'::text]))),
  constraint spend_authorizations_pkey PRIMARY KEY (authorization_id),
  constraint spend_authorizations_scope_kind_check CHECK ((scope_kind = ANY (ARRAY['run'::text, 'thread'::text, 'autopilot'::text, 'owner'::text]))),
  constraint spend_authorizations_status_check CHECK ((status = ANY (ARRAY['active'::text, 'revoked'::text, 'expired'::text, 'replaced'::text, 'closed'::text, 'frozen'::text]))),
  constraint spend_authorizations_threshold CHECK (((mode = 'delegated_budget_with_threshold'::text) = (threshold IS NOT NULL))),
  constraint spend_authorizations_unit_check CHECK ((unit = ANY (ARRAY['msat'::text, 'usd_micros'::text]))),
  constraint spend_authorizations_valid CHECK ((not_before < expires_at))
);

create table runtime.spend_balances (
  authorization_id text not null,
  granted bigint not null,
  reserved bigint default 0 not null,
  spent bigint default 0 not null,
  overage bigint default 0 not null,
  day date not null,
  day_used bigint default 0 not null,
  grant_epoch integer default 1 not null,
  version bigint default 0 not null,
  unknowns integer default 0 not null,
  owner_key text not null,
  unit text not null,
  mode text not null,
  active boolean default true not null,
  not_before timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  max_per_call bigint not null,
  max_per_day bigint,
  threshold bigint,
  max_unknown integer default 3 not null,
  constraint spend_balances_amounts CHECK (((LEAST(granted, reserved, spent, overage, day_used, max_per_call, max_per_day, threshold) >= 0) AND (GREATEST(granted, reserved, spent, overage, day_used, max_per_call, max_per_day, threshold) <= '9007199254740991'::bigint))),
  constraint spend_balances_pkey PRIMARY KEY (authorization_id),
  constraint spend_balances_unknowns_check CHECK ((unknowns >= 0)),
  constraint spend_balances_within CHECK (((reserved + spent) <= granted))
) with (fillfactor=50);

create table runtime.spend_decisions (
  decision_id text not null,
  subject_kind text not null,
  subject_id text not null,
  call_id text not null,
  attempt integer not null,
  authorization_id text,
  decision text not null,
  reason_code text not null,
  evaluated jsonb not null,
  at timestamp with time zone not null,
  constraint spend_decisions_decision_check CHECK ((decision = ANY (ARRAY['allowed'::text, 'denied'::text, 'needs_approval'::text]))),
  constraint spend_decisions_pkey PRIMARY KEY (decision_id)
);

create table runtime.spend_latches (
  subject_kind text not null,
  subject_id text not null,
  authorization_id text not null,
  epoch text not null,
  reason_code text not null,
  at timestamp with time zone not null,
  constraint spend_latches_pkey PRIMARY KEY (subject_kind, subject_id, authorization_id, epoch)
);

create table runtime.spend_ledger (
  authorization_id text not null,
  entry_no bigint not null,
  kind text not null,
  reservation_id text,
  attempt integer,
  d_granted bigint default 0 not null,
  d_reserved bigint default 0 not null,
  d_spent bigint default 0 not null,
  d_overage bigint default 0 not null,
  d_day_used bigint default 0 not null,
  granted bigint not null,
  reserved bigint not null,
  spent bigint not null,
  overage bigint not null,
  day date not null,
  day_used bigint not null,
  child_id text,
  act_id text,
  subject_kind text,
  subject_id text,
  run_id text,
  call_id text,
  policy_decision_id text,
  correlation_id text,
  actor text not null,
  at timestamp with time zone not null,
  constraint spend_ledger_act UNIQUE (authorization_id, act_id),
  constraint spend_ledger_amounts CHECK (((LEAST(granted, reserved, spent, overage, day_used) >= 0) AND (GREATEST(granted, reserved, spent, overage, day_used) <= '9007199254740991'::bigint))),
  constraint spend_ledger_entry_no_check CHECK ((entry_no >= 1)),
  constraint spend_ledger_kind_check CHECK ((kind = ANY (ARRAY['grant'::text, 'topup'::text, 'reserve'::text, 'execute'::text, 'commit'::text, 'release'::text, 'unknown'::text, 'resolve_commit'::text, 'resolve_release'::text, 'refund'::text, 'late_truth'::text, 'allocate'::text, 'settle_child'::text, 'close'::text]))),
  constraint spend_ledger_pkey PRIMARY KEY (authorization_id, entry_no)
);

create table runtime.spend_reservations (
  reservation_id text not null,
  subject_kind text not null,
  subject_id text not null,
  call_id text not null,
  run_id text,
  authorization_id text not null,
  purpose text not null,
  amount bigint not null,
  unit text not null,
  day date not null,
  attempt integer default 1 not null,
  state text default 'reserved'::text not null,
  retry_class text not null,
  adapter text not null,
  provider_key text not null,
  provider_ref text,
  args_hash text,
  actual bigint,
  fee bigint,
  overage bigint default 0 not null,
  refunded bigint default 0 not null,
  correlation_id text,
  settled_via text,
  reason_code text,
  policy_decision_id text,
  approval_id text,
  executing_at timestamp with time zone,
  deadline_at timestamp with time zone,
  unknown_since timestamp with time zone,
  next_lookup_at timestamp with time zone,
  lookups integer default 0 not null,
  needs_operator boolean default false not null,
  not_executed boolean default false not null,
  over_policy boolean default false not null,
  estimated boolean default false not null,
  late boolean default false not null,
  budget_before bigint,
  budget_after bigint,
  created_at timestamp with time zone default clock_timestamp() not null,
  updated_at timestamp with time zone default clock_timestamp() not null,
  constraint spend_reservations_amount_check CHECK ((amount >= 1)),
  constraint spend_reservations_amounts CHECK (((LEAST(amount, actual, fee, overage, refunded, budget_before) >= 0) AND (GREATEST(amount, actual, fee, overage, refunded, budget_before) <= '9007199254740991'::bigint))),
  constraint spend_reservations_attempt_check CHECK (((attempt >= 1) AND (attempt <= 3))),
  constraint spend_reservations_call UNIQUE (subject_kind, subject_id, call_id),
  constraint spend_reservations_pkey PRIMARY KEY (reservation_id),
  constraint spend_reservations_provider_key_key UNIQUE (provider_key),
  constraint spend_reservations_purpose_check CHECK ((purpose = ANY (ARRAY['settlement'::text, 'models'::text]))),
  constraint spend_reservations_refund CHECK ((refunded <= COALESCE(actual, (0)::bigint))),
  constraint spend_reservations_retry_class_check CHECK ((retry_class = ANY (ARRAY['dedupe_reconcile_required'::text, 'safe_retry'::text]))),
  constraint spend_reservations_run CHECK (((subject_kind = 'run'::text) = (run_id IS NOT NULL))),
  constraint spend_reservations_settled CHECK (((state = 'committed'::text) = ((actual IS NOT NULL) AND (correlation_id IS NOT NULL)))),
  constraint spend_reservations_settled_via_check CHECK ((settled_via = ANY (ARRAY['call'::text, 'lookup'::text, 'operator'::text]))),
  constraint spend_reservations_started CHECK (((state <> ALL (ARRAY['executing'::text, 'unknown'::text])) OR (executing_at IS NOT NULL))),
  constraint spend_reservations_state_check CHECK ((state = ANY (ARRAY['reserved'::text, 'executing'::text, 'committed'::text, 'released'::text, 'unknown'::text]))),
  constraint spend_reservations_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['run'::text, 'prediction'::text, 'job'::text]))),
  constraint spend_reservations_unknown CHECK (((state = 'unknown'::text) = (unknown_since IS NOT NULL)))
);

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

alter table runtime.approvals add constraint approvals_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.approvals add constraint approvals_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

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

alter table runtime.spend_authorizations add constraint spend_authorizations_parent_authorization_id_fkey FOREIGN KEY (parent_authorization_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.spend_balances add constraint spend_balances_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.spend_decisions add constraint spend_decisions_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.spend_latches add constraint spend_latches_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.spend_ledger add constraint spend_ledger_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.spend_ledger add constraint spend_ledger_child_id_fkey FOREIGN KEY (child_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.spend_ledger add constraint spend_ledger_reservation_id_fkey FOREIGN KEY (reservation_id) REFERENCES runtime.spend_reservations(reservation_id) ON DELETE RESTRICT;

alter table runtime.spend_ledger add constraint spend_ledger_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.spend_reservations add constraint spend_reservations_authorization_id_fkey FOREIGN KEY (authorization_id) REFERENCES runtime.spend_authorizations(authorization_id) ON DELETE RESTRICT;

alter table runtime.spend_reservations add constraint spend_reservations_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.tool_tasks add constraint tool_tasks_run_id_fkey FOREIGN KEY (run_id) REFERENCES runtime.runs(run_id) ON DELETE RESTRICT;

alter table runtime.webhook_attempts add constraint webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES runtime.webhook_deliveries(delivery_id) ON DELETE CASCADE;

CREATE INDEX approvals_pending ON runtime.approvals USING btree (expires_at) WHERE (state = 'pending'::text);

CREATE INDEX approvals_run ON runtime.approvals USING btree (run_id, requested_at);

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

CREATE UNIQUE INDEX spend_authorizations_deciding ON runtime.spend_authorizations USING btree (owner_key, unit, scope_kind, scope_id) WHERE (status <> ALL (ARRAY['replaced'::text, 'closed'::text]));

CREATE INDEX spend_authorizations_owner ON runtime.spend_authorizations USING btree (owner_key, created_at DESC, authorization_id);

CREATE INDEX spend_authorizations_parent ON runtime.spend_authorizations USING btree (parent_authorization_id) WHERE (parent_authorization_id IS NOT NULL);

CREATE INDEX spend_decisions_subject ON runtime.spend_decisions USING btree (subject_kind, subject_id, at);

CREATE INDEX spend_ledger_at ON runtime.spend_ledger USING btree (at);

CREATE INDEX spend_ledger_reservation ON runtime.spend_ledger USING btree (reservation_id, entry_no) WHERE (reservation_id IS NOT NULL);

CREATE INDEX spend_ledger_run ON runtime.spend_ledger USING btree (run_id) WHERE (run_id IS NOT NULL);

CREATE INDEX spend_reservations_authorization ON runtime.spend_reservations USING btree (authorization_id, created_at DESC, reservation_id);

CREATE UNIQUE INDEX spend_reservations_correlation ON runtime.spend_reservations USING btree (adapter, correlation_id) WHERE (correlation_id IS NOT NULL);

CREATE INDEX spend_reservations_executing ON runtime.spend_reservations USING btree (deadline_at) WHERE (state = 'executing'::text);

CREATE INDEX spend_reservations_lookup ON runtime.spend_reservations USING btree (next_lookup_at) WHERE (state = 'unknown'::text);

CREATE INDEX spend_reservations_open ON runtime.spend_reservations USING btree (authorization_id) WHERE (state = ANY (ARRAY['reserved'::text, 'executing'::text, 'unknown'::text]));

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

CREATE OR REPLACE FUNCTION runtime.spend_refusal(a runtime.spend_authorizations, b runtime.spend_balances, p_at timestamp with time zone, p_purpose text, p_ref_id text, p_ref_mode text, p_constraint text, p_amount bigint, p_unresolved boolean, p_latch text, p_fits_later boolean)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case
    when p_ref_id <> a.authorization_id or not (p_purpose = any(a.covers)) or
         b.owner_key <> a.owner_key then 'policy_denied.scope_mismatch'
    when a.mode = 'deny' or p_ref_mode = 'deny' then 'policy_denied.explicit_deny'
    when a.status = 'frozen' then 'policy_denied.authorization_frozen'
    when p_at < b.not_before then 'policy_denied.authorization_not_yet_valid'
    when a.status = 'revoked' then 'policy_denied.authorization_revoked'
    when p_at >= b.expires_at or a.status = 'expired' then 'policy_denied.authorization_expired'
    when not b.active then 'policy_denied.authorization_revoked'
    when p_constraint is not null then p_constraint
    when p_amount is null then 'policy_denied.amount_unknown'
    when p_amount > b.max_per_call then 'policy_denied.over_per_call'
    when p_unresolved or b.unknowns >= b.max_unknown then 'policy_denied.outcome_unresolved'
    when p_latch is not null then p_latch
    when p_amount + case when b.day < (p_at at time zone 'UTC')::date then 0 else b.day_used end
           > b.max_per_day then
         case when p_fits_later then 'policy_denied.budget_held'
              else 'policy_denied.over_per_day' end
    when b.spent + b.overage + p_amount > b.granted then 'policy_denied.budget_exhausted'
    when b.reserved + b.spent + b.overage + p_amount > b.granted then 'policy_denied.budget_held'
  end
$function$;

CREATE OR REPLACE FUNCTION runtime.spend_resolve(p_owner text, p_unit text, p_subject_id text, p_thread_id text, p_autopilot_id text, p_covering text)
 RETURNS SETOF runtime.spend_authorizations
 LANGUAGE sql
 STABLE
AS $function$
  select a.*
    from runtime.spend_authorizations a
   where a.owner_key = p_owner and a.unit = p_unit and a.status not in ('replaced', 'closed')
     and (a.scope_kind, a.scope_id) in (
           ('run', p_subject_id), ('thread', p_thread_id),
           ('autopilot', p_autopilot_id), ('owner', p_owner))
     and (p_covering is null or p_covering = any(a.covers))
   order by array_position(array['run', 'thread', 'autopilot', 'owner'], a.scope_kind)
   limit 1
$function$;

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

CREATE OR REPLACE FUNCTION runtime.spend_consume_approval(p_approval_id text, p_run_id text, p_call_id text, p_authorization_id text, p_args_hash text, p_amount bigint, p_at timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
begin
  update runtime.approvals
     set state = 'consumed', consumed_at = p_at
   where approval_id = p_approval_id and state = 'approved' and p_at < expires_at
     and run_id = p_run_id and tool_call_id = p_call_id and authorization_id = p_authorization_id
     and args_hash = p_args_hash and p_amount <= max_amount;
  if found then
    return null;
  end if;
  return case when exists (
      select from runtime.approvals
       where approval_id = p_approval_id
         and (state = 'expired' or state in ('approved', 'pending') and expires_at <= p_at))
    then 'policy_denied.approval_expired' else 'policy_denied.approval_denied' end;
end $function$;

CREATE OR REPLACE FUNCTION runtime.spend_keep_terms()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'UPDATE' and
     (to_jsonb(new) - '{status,status_reason,updated_at}'::text[])
       = (to_jsonb(old) - '{status,status_reason,updated_at}'::text[]) then
    return new;
  end if;
  raise exception 'the terms of authorization % never change', old.authorization_id
    using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION runtime.spend_move(p_reservation_id text, p_op text, p_attempt integer, p_actual bigint, p_fee bigint, p_correlation_id text, p_via text, p_reason_code text, p_not_executed boolean, p_estimated boolean, p_deadline_s double precision, p_actor text, p_at timestamp with time zone, OUT outcome text, OUT state text, OUT run_closed boolean, OUT at timestamp with time zone, OUT subject_kind text, OUT subject_id text, OUT call_id text, OUT authorization_id text, OUT unit text, OUT adapter text, OUT attempt integer, OUT amount bigint, OUT actual bigint, OUT fee bigint, OUT overage bigint, OUT refunded bigint, OUT correlation_id text, OUT settled_via text, OUT reason_code text, OUT over_policy boolean, OUT estimated boolean, OUT late boolean, OUT deadline_at timestamp with time zone, OUT budget_before bigint, OUT budget_after bigint, OUT entry_no bigint)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  r       runtime.spend_reservations;
  b       runtime.spend_balances;
  a       runtime.spend_authorizations;
  v_op    text := p_op;
  v_kind  text;
  v_to    text;
  v_today date;
  d_res   bigint := 0;
  d_spent bigint := 0;
  d_over  bigint := 0;
  d_day   bigint := 0;
  d_unknown int := 0;
begin
  select * into r from runtime.spend_reservations x where x.reservation_id = p_reservation_id;
  if r.reservation_id is null then
    outcome := 'missing';
    return;
  end if;
  if r.run_id is not null then
    select h.closed_seq is not null into run_closed from runtime.run_heads h
     where h.run_id = r.run_id for update;
  end if;
  run_closed := coalesce(run_closed, false);
  select * into b from runtime.spend_balances x
   where x.authorization_id = r.authorization_id for update;
  select * into r from runtime.spend_reservations x
   where x.reservation_id = p_reservation_id for update;
  if r.authorization_id <> b.authorization_id then
    raise exception 'reservation % has moved on meanwhile', p_reservation_id
      using errcode = 'serialization_failure';
  end if;
  at := coalesce(p_at, clock_timestamp());
  v_today := greatest(b.day, (at at time zone 'UTC')::date);
  reason_code := p_reason_code;
  budget_before := greatest(b.granted - b.reserved - b.spent - b.overage, 0);

  if p_op = 'start' and r.state = 'reserved' then
    select * into a from runtime.spend_authorizations x
     where x.authorization_id = r.authorization_id;
    reason_code := case
      when a.status = 'frozen' then 'policy_denied.authorization_frozen'
      when at >= b.expires_at or a.status = 'expired' then 'policy_denied.authorization_expired'
      when not b.active then 'policy_denied.authorization_revoked' end;
    v_op := case when reason_code is null then 'start' else 'release' end;
  end if;
  v_to := case
    when v_op = 'start' and r.state = 'reserved' then 'executing'
    when v_op = 'release' and (r.state = 'reserved'
      or r.state = 'executing' and p_not_executed) then 'released'
    when v_op = 'commit' and r.state = 'executing' then 'committed'
    when v_op = 'unknown' and r.state = 'executing' then 'unknown'
    when v_op = 'resolve_commit' and r.state = 'unknown' then 'committed'
    when v_op = 'resolve_release' and r.state = 'unknown' then 'released'
    when v_op = 'late_truth' and r.state = 'released' then 'committed'
    when v_op = 'refund' and r.state = 'committed' then 'committed' end;
  outcome := case
    when p_attempt <> r.attempt then 'stale'
    when v_to is not null then 'moved'
    when p_op in ('commit', 'resolve_commit', 'late_truth') and r.state = 'committed'
         and r.actual = p_actual and r.correlation_id = p_correlation_id then 'repeated'
    when p_op in ('release', 'resolve_release') and r.state = 'released' then 'repeated'
    when p_op = 'unknown' and r.state = 'unknown' then 'repeated'
    else 'illegal' end;
  if outcome = 'moved' and v_to = 'committed' and v_op <> 'refund' then
    outcome := case
      when p_actual is null or p_actual < 0 or p_correlation_id is null then 'bounds'
      when exists (
        select from runtime.spend_reservations x
         where x.adapter = r.adapter and x.correlation_id = p_correlation_id
           and x.reservation_id <> r.reservation_id) then 'taken'
      else 'moved' end;
  elsif outcome = 'moved' and v_op = 'refund'
        and not coalesce(p_actual between 1 and r.actual - r.overage - r.refunded, false) then
    outcome := 'bounds';
  end if;

  if outcome = 'moved' then
    v_kind := case v_op when 'start' then 'execute' else v_op end;
    if v_op in ('release', 'resolve_release') then
      d_res := -r.amount;
      d_day := case when r.day = v_today then -r.amount else 0 end;
    elsif v_op in ('commit', 'resolve_commit') then
      d_res := -r.amount;
      d_spent := least(p_actual, r.amount);
      d_over := p_actual - d_spent;
      d_day := case when r.day = v_today then p_actual - r.amount else d_over end;
    elsif v_op = 'late_truth' then
      d_over := p_actual;
      d_day := p_actual;
    elsif v_op = 'refund' then
      d_spent := -p_actual;
      d_day := case when r.day = v_today then -p_actual else 0 end;
    end if;
    d_unknown := case when v_op = 'unknown' then 1 when r.state = 'unknown' then -1 else 0 end;

    with changed as (
      update runtime.spend_balances s
         set reserved = s.reserved + d_res, spent = s.spent + d_spent,
             overage = s.overage + d_over, day = v_today,
             day_used = case when s.day < v_today then 0 else s.day_used end + d_day,
             unknowns = s.unknowns + d_unknown,
             grant_epoch = s.grant_epoch + case when v_op = 'refund' then 1 else 0 end,
             version = s.version + 1
       where s.authorization_id = r.authorization_id
      returning s.*),
    moved as (
      update runtime.spend_reservations x
         set state = v_to,
             actual = case when v_to = 'committed' and v_op <> 'refund' then p_actual
                           else x.actual end,
             fee = case when v_to = 'committed' and v_op <> 'refund' then p_fee else x.fee end,
             overage = x.overage + d_over,
             refunded = x.refunded + case when v_op = 'refund' then p_actual else 0 end,
             correlation_id = case when v_to = 'committed' and v_op <> 'refund'
                                   then p_correlation_id else x.correlation_id end,
             settled_via = case when v_to in ('committed', 'released') and v_op <> 'refund'
                                then p_via else x.settled_via end,
             reason_code = coalesce(spend_move.reason_code, x.reason_code),
             not_executed = v_to = 'released' and p_via is distinct from 'operator',
             over_policy = x.over_policy or v_op = 'late_truth' or d_over > 0
                           or v_to = 'committed' and not (select c.active from changed c),
             estimated = x.estimated or p_estimated,
             late = x.late or run_closed and v_to in ('committed', 'released'),
             executing_at = case v_to when 'executing' then spend_move.at else x.executing_at end,
             deadline_at = case v_to
               when 'executing' then spend_move.at + make_interval(secs => p_deadline_s)
               else x.deadline_at end,
             unknown_since = case v_to when 'unknown' then spend_move.at end,
             next_lookup_at = case v_to when 'unknown' then spend_move.at + interval '5 s' end,
             needs_operator = x.needs_operator and v_to = 'unknown',
             updated_at = spend_move.at
       where x.reservation_id = r.reservation_id and x.state = r.state
         and x.attempt = p_attempt and exists (select from changed)
      returning x.*),
    entry as (
      insert into runtime.spend_ledger (
        authorization_id, entry_no, kind, reservation_id, attempt, d_reserved, d_spent, d_overage,
        d_day_used, granted, reserved, spent, overage, day, day_used, subject_kind, subject_id,
        run_id, call_id, policy_decision_id, correlation_id, actor, at)
      select c.authorization_id, c.version, v_kind, m.reservation_id, m.attempt, d_res, d_spent,
             d_over, d_day, c.granted, c.reserved, c.spent, c.overage, c.day, c.day_used,
             m.subject_kind, m.subject_id, m.run_id, m.call_id, m.policy_decision_id,
             case when v_to = 'committed' then m.correlation_id end, p_actor, spend_move.at
        from changed c, moved m
      returning entry_no)
    select e.entry_no into entry_no from entry e;
    if entry_no is null then
      raise exception 'reservation % was moved by somebody else meanwhile', p_reservation_id
        using errcode = 'serialization_failure';
    end if;
    select * into r from runtime.spend_reservations x where x.reservation_id = p_reservation_id;
    select * into b from runtime.spend_balances x where x.authorization_id = r.authorization_id;
    if p_op = 'start' and v_op = 'release' then
      outcome := 'refused';
    end if;
  end if;

  state := r.state;
  subject_kind := r.subject_kind;
  subject_id := r.subject_id;
  call_id := r.call_id;
  authorization_id := r.authorization_id;
  unit := r.unit;
  adapter := r.adapter;
  attempt := r.attempt;
  amount := r.amount;
  actual := r.actual;
  fee := r.fee;
  overage := r.overage;
  refunded := r.refunded;
  correlation_id := r.correlation_id;
  settled_via := r.settled_via;
  reason_code := coalesce(reason_code, r.reason_code);
  over_policy := r.over_policy;
  estimated := r.estimated;
  late := r.late;
  deadline_at := r.deadline_at;
  budget_after := greatest(b.granted - b.reserved - b.spent - b.overage, 0);
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

CREATE OR REPLACE FUNCTION runtime.spend_reserve(p_subject_kind text, p_subject_id text, p_call_id text, p_reservation_id text, p_provider_key text, p_purpose text, p_unit text, p_amount bigint, p_retry_class text, p_adapter text, p_args_hash text, p_owner text, p_thread_id text, p_autopilot_id text, p_shadow boolean, p_asked jsonb, p_judged_id text, p_constraint text, p_approval_id text, p_actor text, p_hold boolean, p_at timestamp with time zone, OUT outcome text, OUT reason_code text, OUT state text, OUT attempt integer, OUT at timestamp with time zone, OUT authorization_id text, OUT payer_type text, OUT mode text, OUT scope_kind text, OUT on_exhausted text, OUT constraints jsonb, OUT decision_id text, OUT decision_is_new boolean, OUT latch_epoch text, OUT latch_is_new boolean, OUT budget_before bigint, OUT budget_after bigint, OUT entry_no bigint, OUT amount bigint, OUT evaluated text)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  a        runtime.spend_authorizations;
  b        runtime.spend_balances;
  held     runtime.spend_reservations;
  closed   bigint;
  v_owner  text := p_owner;
  v_thread text := p_thread_id;
  v_pilot  text := p_autopilot_id;
  v_ref    text;
  v_refmode text;
  v_latch  text;
  v_today  date;
  v_fits   boolean;
  v_decision text;
begin
  if p_subject_kind = 'run' then
    select h.closed_seq into closed from runtime.run_heads h where h.run_id = p_subject_id
       for update;
    select r.owner, r.thread_id, r.autopilot_id, r.authorization_ref_id, r.authorization_ref_mode
      into v_owner, v_thread, v_pilot, v_ref, v_refmode
      from runtime.runs r where r.run_id = p_subject_id;
    outcome := case when not found then 'missing' when closed is not null then 'closed' end;
    if outcome is not null then
      return;
    end if;
  end if;
  if p_shadow and p_purpose = 'models' then
    v_owner := 'system:maintenance';
    v_ref := null;
  end if;

  select * into held from runtime.spend_reservations r
   where r.subject_kind = p_subject_kind and r.subject_id = p_subject_id
     and r.call_id = p_call_id;
  attempt := 1;
  if held.reservation_id is not null then
    attempt := held.attempt;
    if held.unit <> p_unit or held.args_hash is distinct from p_args_hash then
      reason_code := 'policy_denied.idempotency_conflict';
    elsif held.state = 'released' and held.not_executed and held.attempt < 3 then
      attempt := held.attempt + 1;
    elsif held.state = 'released' then
      reason_code := 'policy_denied.denial_limit';
    elsif held.state <> 'unknown' then
      outcome := 'replayed';
      state := held.state;
      amount := held.amount;
      authorization_id := held.authorization_id;
      decision_id := held.policy_decision_id;
      budget_before := held.budget_before;
      budget_after := held.budget_after;
      select x.payer_type, x.mode, x.scope_kind, x.on_exhausted
        into payer_type, mode, scope_kind, on_exhausted
        from runtime.spend_authorizations x where x.authorization_id = held.authorization_id;
      select d.reason_code into reason_code from runtime.spend_decisions d
       where d.decision_id = held.policy_decision_id;
      return;
    end if;
  end if;

  -- What is replaced or closed while we wait for its lock does not decide any more.
  for round in 1..8 loop
    select * into a from runtime.spend_resolve(
      v_owner, p_unit, p_subject_id, v_thread, v_pilot,
      case when p_purpose = 'models' then 'models' end);
    exit when a.authorization_id is null;
    v_today := (coalesce(p_at, clock_timestamp()) at time zone 'UTC')::date;
    v_latch := (
      select l.reason_code
        from runtime.spend_latches l join runtime.spend_balances s using (authorization_id)
       where l.subject_kind = p_subject_kind and l.subject_id = p_subject_id
         and l.authorization_id = a.authorization_id
         and l.epoch in ('g' || s.grant_epoch, 'd' || v_today)
       limit 1);
    if v_latch is null and p_hold then
      select * into b from runtime.spend_balances s
       where s.authorization_id = a.authorization_id for update;
      select * into a from runtime.spend_authorizations x
       where x.authorization_id = b.authorization_id;
    else
      select * into b from runtime.spend_balances s where s.authorization_id = a.authorization_id;
    end if;
    exit when a.status not in ('replaced', 'closed');
  end loop;
  if a.status in ('replaced', 'closed') then
    raise exception 'the authorization of % changes too often', p_call_id
      using errcode = 'serialization_failure';
  end if;
  at := coalesce(p_at, clock_timestamp());
  v_today := (at at time zone 'UTC')::date;

  if p_shadow and p_purpose <> 'models' then
    reason_code := 'policy_denied.shadow_run';
  elsif a.authorization_id is null then
    if p_purpose = 'models' then
      outcome := 'unbudgeted';
      return;
    end if;
    reason_code := coalesce(reason_code, case when exists (
        select from (values ('msat'), ('usd_micros')) u (unit)
         where exists (select from runtime.spend_resolve(
           v_owner, u.unit, p_subject_id, v_thread, v_pilot, null)))
      then 'policy_denied.unit_mismatch' else 'policy_denied.authorization_missing' end);
  else
    authorization_id := a.authorization_id;
    payer_type := a.payer_type;
    mode := a.mode;
    scope_kind := a.scope_kind;
    on_exhausted := a.on_exhausted;
    budget_before := greatest(b.granted - b.reserved - b.spent - b.overage, 0);
    budget_after := budget_before;
    if a.constraints <> '{}' and p_judged_id is distinct from a.authorization_id then
      outcome := 'judge';
      constraints := a.constraints;
      return;
    end if;
    -- Would it fit into the day if what is open were given back?
    v_fits := b.max_per_day is not null and b.day = v_today and p_amount + b.day_used - (
        select coalesce(sum(r.amount), 0) from runtime.spend_reservations r
         where r.authorization_id = a.authorization_id and r.day = v_today
           and r.state in ('reserved', 'executing', 'unknown')) <= b.max_per_day;
    reason_code := coalesce(reason_code, runtime.spend_refusal(
      a, b, at, p_purpose, v_ref, v_refmode, p_constraint, p_amount, held.state = 'unknown',
      v_latch, v_fits));
    if reason_code is null then
      reason_code := case
        when a.mode = 'interactive' or v_refmode = 'interactive' then
          'policy_needs.interactive_approval'
        when p_amount > a.threshold then 'policy_needs.threshold_approval' end;
      if reason_code is null then
        reason_code := case
          when a.owner_key = 'system:maintenance' then 'policy_allowed.maintenance'
          when a.threshold is not null then 'policy_allowed.under_threshold'
          else 'policy_allowed.default' end;
      elsif p_approval_id is not null and p_hold then
        reason_code := coalesce(
          runtime.spend_consume_approval(p_approval_id, p_subject_id, p_call_id,
            a.authorization_id, p_args_hash, p_amount, at),
          'policy_allowed.approved');
      end if;
    end if;
  end if;

  v_decision := case split_part(reason_code, '.', 1)
    when 'policy_allowed' then 'allowed' when 'policy_needs' then 'needs_approval'
    else 'denied' end;
  outcome := case v_decision when 'allowed' then 'reserved' else v_decision end;
  amount := p_amount;
  latch_epoch := case reason_code
    when 'policy_denied.over_per_day' then 'd' || v_today
    when 'policy_denied.budget_exhausted' then 'g' || b.grant_epoch end;
  decision_id := 'pd_' || left(encode(sha256(convert_to(jsonb_build_array(
    p_subject_kind, p_subject_id, p_call_id, attempt, reason_code, a.authorization_id,
    coalesce(latch_epoch, 'g' || b.grant_epoch))::text, 'UTF8')), 'hex'), 24);
  evaluated := jsonb_build_object(
    'version', 'oa.policy.v1', 'subject_kind', p_subject_kind, 'subject_id', p_subject_id,
    'call_id', p_call_id, 'attempt', attempt, 'purpose', p_purpose, 'asked', p_asked,
    'amount', p_amount, 'unit', p_unit, 'shadow', p_shadow, 'authorization_id', a.authorization_id,
    'terms_hash', a.terms_hash, 'status', a.status, 'ref_id', v_ref, 'ref_mode', v_refmode,
    'constraint', p_constraint, 'latch', v_latch, 'approval_id', p_approval_id,
    'balance', case when b.authorization_id is not null then jsonb_build_object(
      'granted', b.granted, 'reserved', b.reserved, 'spent', b.spent, 'overage', b.overage,
      'day', b.day, 'day_used', b.day_used, 'grant_epoch', b.grant_epoch,
      'unknowns', b.unknowns, 'version', b.version) end,
    'at_us', (extract(epoch from at) * 1000000)::bigint, 'reason_code', reason_code)::text;
  if not p_hold then
    outcome := case outcome when 'reserved' then 'allowed' else outcome end;
    return;
  end if;

  insert into runtime.spend_decisions (
    decision_id, subject_kind, subject_id, call_id, attempt, authorization_id, decision,
    reason_code, evaluated, at)
  values (
    spend_reserve.decision_id, p_subject_kind, p_subject_id, p_call_id, spend_reserve.attempt,
    a.authorization_id, v_decision, spend_reserve.reason_code, spend_reserve.evaluated::jsonb,
    spend_reserve.at)
  on conflict do nothing;
  decision_is_new := found;
  if latch_epoch is not null then
    insert into runtime.spend_latches (
      subject_kind, subject_id, authorization_id, epoch, reason_code, at)
    values (p_subject_kind, p_subject_id, a.authorization_id, spend_reserve.latch_epoch,
      spend_reserve.reason_code, spend_reserve.at)
    on conflict do nothing;
    latch_is_new := found;
  end if;
  if outcome <> 'reserved' then
    return;
  end if;

  with changed as (
    update runtime.spend_balances s
       set reserved = s.reserved + p_amount,
           day = greatest(s.day, v_today),
           day_used = case when s.day < v_today then 0 else s.day_used end + p_amount,
           version = s.version + 1
     where s.authorization_id = a.authorization_id and s.active
       and s.not_before <= spend_reserve.at and spend_reserve.at < s.expires_at
       and p_amount between 1 and s.max_per_call
       and p_amount <= s.granted - s.reserved - s.spent - s.overage
       and s.unknowns < s.max_unknown
    returning s.*),
  booked as (
    insert into runtime.spend_reservations as r (
      reservation_id, subject_kind, subject_id, call_id, run_id, authorization_id, purpose, amount,
      unit, day, retry_class, adapter, provider_key, args_hash, policy_decision_id, approval_id,
      budget_before, budget_after, created_at, updated_at)
    select p_reservation_id, p_subject_kind, p_subject_id, p_call_id,
           case p_subject_kind when 'run' then p_subject_id end, a.authorization_id, p_purpose,
           p_amount, p_unit, c.day, p_retry_class, p_adapter, p_provider_key, p_args_hash,
           spend_reserve.decision_id, p_approval_id, spend_reserve.budget_before,
           c.granted - c.reserved - c.spent - c.overage, spend_reserve.at, spend_reserve.at
      from changed c
    on conflict (subject_kind, subject_id, call_id) do update
       set authorization_id = excluded.authorization_id, amount = excluded.amount,
           day = excluded.day, attempt = r.attempt + 1, state = 'reserved', provider_ref = null,
           policy_decision_id = excluded.policy_decision_id, approval_id = excluded.approval_id,
           executing_at = null, deadline_at = null, next_lookup_at = null, lookups = 0,
           settled_via = null, reason_code = null, needs_operator = false, not_executed = false,
           budget_before = excluded.budget_before, budget_after = excluded.budget_after,
           updated_at = excluded.updated_at
     where r.state = 'released' and r.not_executed and r.attempt < 3
    returning r.attempt),
  entry as (
    insert into runtime.spend_ledger (
      authorization_id, entry_no, kind, reservation_id, attempt, d_reserved, d_day_used, granted,
      reserved, spent, overage, day, day_used, subject_kind, subject_id, run_id, call_id,
      policy_decision_id, actor, at)
    select c.authorization_id, c.version, 'reserve', p_reservation_id, k.attempt, p_amount,
           p_amount, c.granted, c.reserved, c.spent, c.overage, c.day, c.day_used, p_subject_kind,
           p_subject_id, case p_subject_kind when 'run' then p_subject_id end, p_call_id,
           spend_reserve.decision_id, p_actor, spend_reserve.at
      from changed c, booked k
    returning entry_no)
  select e.entry_no, k.attempt, c.granted - c.reserved - c.spent - c.overage
    into entry_no, attempt, budget_after
    from entry e, booked k, changed c;
  if entry_no is null then
    raise exception 'call % was reserved by somebody else meanwhile', p_call_id
      using errcode = 'serialization_failure';
  end if;
  state := 'reserved';
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

CREATE TRIGGER spend_authorizations_kept BEFORE TRUNCATE ON runtime.spend_authorizations FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER spend_authorizations_terms BEFORE DELETE OR UPDATE ON runtime.spend_authorizations FOR EACH ROW EXECUTE FUNCTION runtime.spend_keep_terms();

CREATE TRIGGER spend_decisions_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.spend_decisions FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER spend_latches_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.spend_latches FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER spend_ledger_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON runtime.spend_ledger FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

CREATE TRIGGER spend_reservations_kept BEFORE DELETE OR TRUNCATE ON runtime.spend_reservations FOR EACH STATEMENT EXECUTE FUNCTION runtime.refuse_change();

revoke execute on function runtime.prune_payloads(text,text,bigint[]) from public;

revoke execute on function runtime.record_act(text,text,text,text,text,text,text,text,text,text,text) from public;

grant execute on function runtime.prune_payloads(text,text,bigint[]) to oa_app;

grant execute on function runtime.record_act(text,text,text,text,text,text,text,text,text,text,text) to oa_app;

grant usage on schema runtime to oa_app;

grant usage on schema runtime to oa_read;

grant insert, select, update on table runtime.approvals to oa_app;

grant select on table runtime.approvals to oa_read;

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

grant insert, select, update on table runtime.spend_authorizations to oa_app;

grant select on table runtime.spend_authorizations to oa_read;

grant insert, select, update on table runtime.spend_balances to oa_app;

grant select on table runtime.spend_balances to oa_read;

grant insert, select on table runtime.spend_decisions to oa_app;

grant select on table runtime.spend_decisions to oa_read;

grant insert, select on table runtime.spend_latches to oa_app;

grant select on table runtime.spend_latches to oa_read;

grant insert, select on table runtime.spend_ledger to oa_app;

grant select on table runtime.spend_ledger to oa_read;

grant insert, select, update on table runtime.spend_reservations to oa_app;

grant select on table runtime.spend_reservations to oa_read;

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
