-- How money is held, paid and given back. Each move locks in the one order (head, authorization,
-- reservation), looks at its rows after the wait, and writes balance, reservation and ledger entry
-- in one statement. `p_at` is the time for tests of midnight; the database's clock otherwise.

-- Why `p_amount` may not be had of a balance, or null. The order of the checks is the contract.
create function runtime.spend_refusal(
  a runtime.spend_authorizations, b runtime.spend_balances, p_at timestamptz, p_purpose text,
  p_ref_id text, p_ref_mode text, p_constraint text, p_amount bigint, p_unresolved boolean,
  p_latch text, p_fits_later boolean)
returns text language sql immutable as $$
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
$$;

-- Use up an answer: for the same call, the same arguments, no more than was asked, once. What stands
-- against it, or null.
create function runtime.spend_consume_approval(
  p_approval_id text, p_run_id text, p_call_id text, p_authorization_id text, p_args_hash text,
  p_amount bigint, p_at timestamptz)
returns text language plpgsql as $$
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
end $$;

-- Hold money for a call, or say why not: resolve, lock the balance, check, book. `outcome`:
-- reserved | replayed (the call has its reservation) | denied | needs_approval | unbudgeted (no
-- budget for models) | judge (the found row has constraints that the caller has not judged) |
-- allowed (not held, `p_hold` false) | closed | missing (the run).
create function runtime.spend_reserve(
  p_subject_kind text, p_subject_id text, p_call_id text, p_reservation_id text,
  p_provider_key text, p_purpose text, p_unit text, p_amount bigint, p_retry_class text,
  p_adapter text, p_args_hash text, p_owner text, p_thread_id text, p_autopilot_id text,
  p_shadow boolean, p_asked jsonb, p_judged_id text, p_constraint text, p_approval_id text,
  p_actor text, p_hold boolean, p_at timestamptz,
  out outcome text, out reason_code text, out state text, out attempt int, out at timestamptz,
  out authorization_id text, out payer_type text, out mode text, out scope_kind text,
  out on_exhausted text, out constraints jsonb, out decision_id text, out decision_is_new boolean,
  out latch_epoch text, out latch_is_new boolean, out budget_before bigint, out budget_after bigint,
  out entry_no bigint, out amount bigint, out evaluated text)
language plpgsql as $$
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
end $$;

-- Move a reservation. `outcome`: moved | repeated (it is there already, in the same way) | illegal |
-- stale (of another attempt) | missing | taken (the correlation id stands for another payment) |
-- bounds (`p_actual` is not possible) | refused (a start that found the authorization ended: the
-- money has been given back, `reason_code` says why).
create function runtime.spend_move(
  p_reservation_id text, p_op text, p_attempt int, p_actual bigint, p_fee bigint,
  p_correlation_id text, p_via text, p_reason_code text, p_not_executed boolean,
  p_estimated boolean, p_deadline_s double precision, p_actor text, p_at timestamptz,
  out outcome text, out state text, out run_closed boolean, out at timestamptz,
  out subject_kind text, out subject_id text, out call_id text, out authorization_id text,
  out unit text, out adapter text, out attempt int, out amount bigint, out actual bigint,
  out fee bigint, out overage bigint, out refunded bigint, out correlation_id text,
  out settled_via text, out reason_code text, out over_policy boolean, out estimated boolean,
  out late boolean, out deadline_at timestamptz, out budget_before bigint, out budget_after bigint,
  out entry_no bigint)
language plpgsql as $$
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
end $$;

-- Writing goes through the rows' own rules; what is history is added to only.
do $$
begin
  if exists (select from pg_roles where rolname = 'oa_app') then
    revoke delete on runtime.spend_authorizations, runtime.spend_balances,
      runtime.spend_reservations, runtime.approvals from oa_app;
    revoke update, delete on runtime.spend_ledger, runtime.spend_decisions, runtime.spend_latches
      from oa_app;
  end if;
end $$;
