-- One call each: the functions lock, check and book.

-- name: spend_reserve :one
select outcome, reason_code, state, attempt, at, authorization_id, payer_type, mode, scope_kind,
       on_exhausted, constraints, decision_id, decision_is_new, latch_epoch, latch_is_new,
       budget_before, budget_after, entry_no, amount, evaluated
  from runtime.spend_reserve(
    %(subject_kind)s, %(subject_id)s, %(call_id)s, %(reservation_id)s, %(provider_key)s,
    %(purpose)s, %(unit)s, %(amount)s, %(retry_class)s, %(adapter)s, %(args_hash)s, %(owner)s,
    %(thread_id)s, %(autopilot_id)s, %(shadow)s, %(asked)s::jsonb, %(judged_id)s, %(constraint)s,
    %(approval_id)s, %(actor)s, %(hold)s, %(at)s::timestamptz);

-- name: spend_move :one
select outcome, state, run_closed, at, subject_kind, subject_id, call_id, authorization_id, unit,
       adapter, attempt, amount, actual, fee, overage, refunded, correlation_id, settled_via,
       reason_code, over_policy, estimated, late, deadline_at, budget_before, budget_after, entry_no
  from runtime.spend_move(
    %(reservation_id)s, %(op)s, %(attempt)s, %(actual)s, %(fee)s, %(correlation_id)s, %(via)s,
    %(reason_code)s, %(not_executed)s, %(estimated)s, %(deadline_s)s, %(actor)s,
    %(at)s::timestamptz);

-- name: resolve_authorization :one
select a.authorization_id, a.owner_key, a.payer_type, a.scope_kind, a.scope_id, a.mode, a.unit,
       a.covers, a.status, a.on_exhausted, a.expires_at,
       b.granted, b.reserved, b.spent, b.overage, b.day_used, b.grant_epoch
  from runtime.spend_resolve(
    coalesce((select owner from runtime.runs where run_id = %(run_id)s), %(owner)s), %(unit)s,
    %(subject_id)s,
    coalesce((select thread_id from runtime.runs where run_id = %(run_id)s), %(thread_id)s),
    coalesce((select autopilot_id from runtime.runs where run_id = %(run_id)s), %(autopilot_id)s),
    %(covering)s) a
  join runtime.spend_balances b using (authorization_id);

-- name: get_reservation :one
select reservation_id, subject_kind, subject_id, call_id, run_id, authorization_id, purpose, amount,
       unit, attempt, state, retry_class, adapter, provider_key, provider_ref, args_hash, actual,
       fee, overage, refunded, correlation_id, settled_via, reason_code, policy_decision_id,
       approval_id, executing_at, deadline_at, unknown_since, next_lookup_at, lookups,
       needs_operator, not_executed, over_policy, estimated, late, created_at, updated_at
  from runtime.spend_reservations
 where reservation_id = %(reservation_id)s;

-- name: standing_latches :all
select l.authorization_id, l.epoch, l.reason_code
  from runtime.spend_latches l
  join runtime.spend_balances b using (authorization_id)
 where l.subject_kind = %(subject_kind)s and l.subject_id = %(subject_id)s
   and l.epoch in ('g' || b.grant_epoch, 'd' || (clock_timestamp() at time zone 'UTC')::date);
