-- Money: authorizations (budgets with terms), their balances, the ledger that balances are the fold
-- of, and what is held for calls. Amounts are whole numbers of the smallest part of one unit.

create table runtime.spend_authorizations (
  authorization_id text primary key check (authorization_id ~ '^[A-Za-z0-9._:-]{1,200}$'),
  owner_key        text not null check (owner_key ~ '^(user:[0-9]+|guest:.+|system:maintenance)$'),
  payer_type       text not null check (payer_type in ('system', 'user', 'autopilot')),
  scope_kind       text not null check (scope_kind in ('run', 'thread', 'autopilot', 'owner')),
  scope_id         text not null,
  mode             text not null check (mode in (
                     'deny', 'interactive', 'delegated_budget_with_threshold', 'delegated_budget')),
  unit             text not null check (unit in ('msat', 'usd_micros')),
  covers           text[] not null check (
                     covers <@ array['settlement', 'models'] and cardinality(covers) > 0),
  max_total        bigint not null,
  max_per_call     bigint not null,
  max_per_day      bigint,
  threshold        bigint,
  constraints      jsonb not null default '{}' check (jsonb_typeof(constraints) = 'object'),
  on_exhausted     text not null default 'continue'
                     check (on_exhausted in ('continue', 'terminate')),
  not_before       timestamptz not null,
  expires_at       timestamptz not null,
  parent_authorization_id text references runtime.spend_authorizations on delete restrict,
  depth            int not null default 0 check (depth between 0 and 4),
  terms_hash       text not null,
  status           text not null default 'active' check (status in (
                     'active', 'revoked', 'expired', 'replaced', 'closed', 'frozen')),
  status_reason    text,
  created_by       text not null,
  created_at       timestamptz not null default clock_timestamp(),
  updated_at       timestamptz not null default clock_timestamp(),
  constraint spend_authorizations_threshold check (
    (mode = 'delegated_budget_with_threshold') = (threshold is not null)),
  constraint spend_authorizations_owner_scope check (
    scope_kind <> 'owner' or scope_id = owner_key),
  constraint spend_authorizations_maintenance check (
    (owner_key = 'system:maintenance') = (payer_type = 'system')),
  constraint spend_authorizations_valid check (not_before < expires_at),
  constraint spend_authorizations_child check (
    (parent_authorization_id is null) = (depth = 0)),
  constraint spend_authorizations_amounts check (
    least(max_total, max_per_call, max_per_day, threshold) >= 0
    and greatest(max_total, max_per_call, max_per_day, threshold)
        <= 9007199254740991)
);
-- The one row of a scope that decides. What was revoked or has expired decides too: with a no.
create unique index spend_authorizations_deciding
  on runtime.spend_authorizations (owner_key, unit, scope_kind, scope_id)
  where status not in ('replaced', 'closed');
create index spend_authorizations_owner
  on runtime.spend_authorizations (owner_key, created_at desc, authorization_id);
create index spend_authorizations_parent
  on runtime.spend_authorizations (parent_authorization_id)
  where parent_authorization_id is not null;

-- Terms are for good; what becomes of a budget is its status.
create function runtime.spend_keep_terms() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and
     (to_jsonb(new) - '{status,status_reason,updated_at}'::text[])
       = (to_jsonb(old) - '{status,status_reason,updated_at}'::text[]) then
    return new;
  end if;
  raise exception 'the terms of authorization % never change', old.authorization_id
    using errcode = 'restrict_violation';
end $$;
create trigger spend_authorizations_terms
  before update or delete on runtime.spend_authorizations
  for each row execute function runtime.spend_keep_terms();
create trigger spend_authorizations_kept
  before truncate on runtime.spend_authorizations
  for each statement execute function runtime.refuse_change();

-- One hot row per authorization, with the live bits: who waits for this row's lock sees them as they
-- are after the wait. `day` is a date of UTC. `max_unknown` open outcomes stop everything.
create table runtime.spend_balances (
  authorization_id text primary key
                     references runtime.spend_authorizations on delete restrict,
  granted          bigint not null,
  reserved         bigint not null default 0,
  spent            bigint not null default 0,
  overage          bigint not null default 0,
  day              date not null,
  day_used         bigint not null default 0,
  grant_epoch      int not null default 1,
  version          bigint not null default 0,
  unknowns         int not null default 0 check (unknowns >= 0),
  owner_key        text not null,
  unit             text not null,
  mode             text not null,
  active           boolean not null default true,
  not_before       timestamptz not null,
  expires_at       timestamptz not null,
  max_per_call     bigint not null,
  max_per_day      bigint,
  threshold        bigint,
  max_unknown      int not null default 3,
  constraint spend_balances_within check (reserved + spent <= granted),
  constraint spend_balances_amounts check (
    least(granted, reserved, spent, overage, day_used, max_per_call, max_per_day, threshold) >= 0
    and greatest(granted, reserved, spent, overage, day_used, max_per_call, max_per_day, threshold)
        <= 9007199254740991)
) with (fillfactor = 50);

-- One row per call that money was ever held for. A subject is a run, a prediction outside a run, or a
-- job of the background.
create table runtime.spend_reservations (
  reservation_id   text primary key,
  subject_kind     text not null check (subject_kind in ('run', 'prediction', 'job')),
  subject_id       text not null,
  call_id          text not null,
  run_id           text references runtime.runs on delete restrict,
  authorization_id text not null references runtime.spend_authorizations on delete restrict,
  purpose          text not null check (purpose in ('settlement', 'models')),
  amount           bigint not null check (amount >= 1),
  unit             text not null,
  day              date not null,
  attempt          int not null default 1 check (attempt between 1 and 3),
  state            text not null default 'reserved' check (state in (
                     'reserved', 'executing', 'committed', 'released', 'unknown')),
  retry_class      text not null check (
                     retry_class in ('dedupe_reconcile_required', 'safe_retry')),
  adapter          text not null,
  provider_key     text not null unique,
  provider_ref     text,
  args_hash        text,
  actual           bigint,
  fee              bigint,
  overage          bigint not null default 0,
  refunded         bigint not null default 0,
  correlation_id   text,
  settled_via      text check (settled_via in ('call', 'lookup', 'operator')),
  reason_code      text,
  policy_decision_id text,
  approval_id      text,
  executing_at     timestamptz,
  deadline_at      timestamptz,
  unknown_since    timestamptz,
  next_lookup_at   timestamptz,
  lookups          int not null default 0,
  needs_operator   boolean not null default false,
  not_executed     boolean not null default false,
  over_policy      boolean not null default false,
  estimated        boolean not null default false,
  late             boolean not null default false,
  budget_before    bigint,
  budget_after     bigint,
  created_at       timestamptz not null default clock_timestamp(),
  updated_at       timestamptz not null default clock_timestamp(),
  constraint spend_reservations_call unique (subject_kind, subject_id, call_id),
  constraint spend_reservations_run check ((subject_kind = 'run') = (run_id is not null)),
  constraint spend_reservations_settled check (
    (state = 'committed') = (actual is not null and correlation_id is not null)),
  constraint spend_reservations_started check (
    state not in ('executing', 'unknown') or executing_at is not null),
  constraint spend_reservations_unknown check ((state = 'unknown') = (unknown_since is not null)),
  constraint spend_reservations_refund check (refunded <= coalesce(actual, 0)),
  constraint spend_reservations_amounts check (
    least(amount, actual, fee, overage, refunded, budget_before) >= 0
    and greatest(amount, actual, fee, overage, refunded, budget_before)
        <= 9007199254740991)
);
create unique index spend_reservations_correlation
  on runtime.spend_reservations (adapter, correlation_id) where correlation_id is not null;
create index spend_reservations_open on runtime.spend_reservations (authorization_id)
  where state in ('reserved', 'executing', 'unknown');
create index spend_reservations_executing on runtime.spend_reservations (deadline_at)
  where state = 'executing';
create index spend_reservations_lookup on runtime.spend_reservations (next_lookup_at)
  where state = 'unknown';
create index spend_reservations_authorization
  on runtime.spend_reservations (authorization_id, created_at desc, reservation_id);
create trigger spend_reservations_kept
  before delete or truncate on runtime.spend_reservations
  for each statement execute function runtime.refuse_change();

-- `entry_no` is the balance's version after the change: 1, 2, 3 … without a gap. `d_` is what an
-- entry adds; the rest is what there is after it. `day` is the day of the balance then.
create table runtime.spend_ledger (
  authorization_id text not null references runtime.spend_authorizations on delete restrict,
  entry_no         bigint not null check (entry_no >= 1),
  kind             text not null check (kind in (
                     'grant', 'topup', 'reserve', 'execute', 'commit', 'release', 'unknown',
                     'resolve_commit', 'resolve_release', 'refund', 'late_truth', 'allocate',
                     'settle_child', 'close')),
  reservation_id   text references runtime.spend_reservations on delete restrict,
  attempt          int,
  d_granted        bigint not null default 0,
  d_reserved       bigint not null default 0,
  d_spent          bigint not null default 0,
  d_overage        bigint not null default 0,
  d_day_used       bigint not null default 0,
  granted          bigint not null,
  reserved         bigint not null,
  spent            bigint not null,
  overage          bigint not null,
  day              date not null,
  day_used         bigint not null,
  child_id         text references runtime.spend_authorizations on delete restrict,
  act_id           text,
  subject_kind     text,
  subject_id       text,
  run_id           text references runtime.runs on delete restrict,
  call_id          text,
  policy_decision_id text,
  correlation_id   text,
  actor            text not null,
  at               timestamptz not null,
  primary key (authorization_id, entry_no),
  constraint spend_ledger_act unique (authorization_id, act_id),
  constraint spend_ledger_amounts check (
    least(granted, reserved, spent, overage, day_used) >= 0
    and greatest(granted, reserved, spent, overage, day_used)
        <= 9007199254740991)
);
create index spend_ledger_reservation on runtime.spend_ledger (reservation_id, entry_no)
  where reservation_id is not null;
create index spend_ledger_run on runtime.spend_ledger (run_id) where run_id is not null;
create index spend_ledger_at on runtime.spend_ledger (at);
create trigger spend_ledger_append_only
  before update or delete or truncate on runtime.spend_ledger
  for each statement execute function runtime.refuse_change();

-- Every answer that a call got, once; `evaluated` is what it was decided on.
create table runtime.spend_decisions (
  decision_id      text primary key,
  subject_kind     text not null,
  subject_id       text not null,
  call_id          text not null,
  attempt          int not null,
  authorization_id text references runtime.spend_authorizations on delete restrict,
  decision         text not null check (decision in ('allowed', 'denied', 'needs_approval')),
  reason_code      text not null,
  evaluated        jsonb not null,
  at               timestamptz not null
);
create index spend_decisions_subject on runtime.spend_decisions (subject_kind, subject_id, at);
create trigger spend_decisions_append_only
  before update or delete or truncate on runtime.spend_decisions
  for each statement execute function runtime.refuse_change();

-- A budget that a subject has used up: told once per epoch (`g` and the grants' number, or `d` and
-- the day); until the next nothing of it is tried again.
create table runtime.spend_latches (
  subject_kind     text not null,
  subject_id       text not null,
  authorization_id text not null references runtime.spend_authorizations on delete restrict,
  epoch            text not null,
  reason_code      text not null,
  at               timestamptz not null,
  primary key (subject_kind, subject_id, authorization_id, epoch)
);
create trigger spend_latches_append_only
  before update or delete or truncate on runtime.spend_latches
  for each statement execute function runtime.refuse_change();

-- What a person was asked, and what they said. A reserve uses it up, once.
create table runtime.approvals (
  approval_id      text primary key,
  run_id           text not null references runtime.runs on delete restrict,
  kind             text not null check (kind in ('spend', 'tool')),
  tool_call_id     text not null,
  attempt          int not null default 1,
  authorization_id text references runtime.spend_authorizations on delete restrict,
  args_hash        text not null,
  max_amount       bigint,
  unit             text,
  summary          text,
  state            text not null default 'pending' check (state in (
                     'pending', 'approved', 'denied', 'expired', 'canceled', 'consumed')),
  decided_by       text,
  requested_at     timestamptz not null default clock_timestamp(),
  decided_at       timestamptz,
  consumed_at      timestamptz,
  expires_at       timestamptz not null,
  constraint approvals_spend check (
    kind <> 'spend' or num_nonnulls(authorization_id, max_amount, unit) = 3),
  constraint approvals_amounts check (
    least(max_amount) >= 0
    and greatest(max_amount)
        <= 9007199254740991)
);
create index approvals_run on runtime.approvals (run_id, requested_at);
create index approvals_pending on runtime.approvals (expires_at) where state = 'pending';

-- What a run's request may say of its budget: the row that is found anyway, or a stricter mode.
alter table runtime.runs
  add column authorization_ref_id   text,
  add column authorization_ref_mode text check (authorization_ref_mode in (
    'deny', 'interactive', 'delegated_budget_with_threshold', 'delegated_budget'));

-- The row that decides: of the most specific scope that has one which was not replaced or closed.
-- `p_covering` looks at those only that cover it.
create function runtime.spend_resolve(
  p_owner text, p_unit text, p_subject_id text, p_thread_id text, p_autopilot_id text,
  p_covering text)
returns setof runtime.spend_authorizations language sql stable as $$
  select a.*
    from runtime.spend_authorizations a
   where a.owner_key = p_owner and a.unit = p_unit and a.status not in ('replaced', 'closed')
     and (a.scope_kind, a.scope_id) in (
           ('run', p_subject_id), ('thread', p_thread_id),
           ('autopilot', p_autopilot_id), ('owner', p_owner))
     and (p_covering is null or p_covering = any(a.covers))
   order by array_position(array['run', 'thread', 'autopilot', 'owner'], a.scope_kind)
   limit 1
$$;
