-- Acts on budgets. Each moves the balance's version and adds the entry of that number.

-- name: deciding :one
-- Who decides for a scope now; locked.
select authorization_id, status
  from runtime.spend_authorizations
 where owner_key = %(owner_key)s and unit = %(unit)s
   and scope_kind = %(scope_kind)s and scope_id = %(scope_id)s
   and status not in ('replaced', 'closed')
   for update;

-- name: add_authorization :one
with made as (
  insert into runtime.spend_authorizations (
    authorization_id, owner_key, payer_type, scope_kind, scope_id, mode, unit, covers, max_total,
    max_per_call, max_per_day, threshold, constraints, on_exhausted, not_before, expires_at,
    terms_hash, created_by)
  values (
    %(authorization_id)s, %(owner_key)s, %(payer_type)s, %(scope_kind)s, %(scope_id)s, %(mode)s,
    %(unit)s, %(covers)s, %(max_total)s, %(max_per_call)s, %(max_per_day)s, %(threshold)s,
    %(constraints)s::jsonb, %(on_exhausted)s, clock_timestamp(), %(expires_at)s, %(terms_hash)s,
    %(actor)s)
  returning *
), balance as (
  insert into runtime.spend_balances (
    authorization_id, granted, day, version, owner_key, unit, mode, not_before, expires_at,
    max_per_call, max_per_day, threshold, max_unknown)
  select authorization_id, max_total, (clock_timestamp() at time zone 'UTC')::date, 1, owner_key,
         unit, mode, not_before, expires_at, max_per_call, max_per_day, threshold, %(max_unknown)s
    from made
  returning *
)
insert into runtime.spend_ledger (
  authorization_id, entry_no, kind, d_granted, granted, reserved, spent, overage, day, day_used,
  actor, at)
select authorization_id, version, 'grant', granted, granted, reserved, spent, overage, day, day_used,
       %(actor)s, clock_timestamp()
  from balance
returning entry_no;

-- name: top_up :one
-- More of the same; no row where it is not active, or would be more than can be counted.
with moved as (
  update runtime.spend_balances b
     set granted = granted + %(amount)s, grant_epoch = grant_epoch + 1, version = version + 1
   where authorization_id = %(authorization_id)s and active
     and clock_timestamp() < expires_at and granted + %(amount)s <= 9007199254740991
  returning *
)
insert into runtime.spend_ledger (
  authorization_id, entry_no, kind, act_id, d_granted, granted, reserved, spent, overage, day,
  day_used, actor, at)
select authorization_id, version, 'topup', %(act_id)s, %(amount)s, granted, reserved, spent, overage,
       day, day_used, %(actor)s, clock_timestamp()
  from moved
returning granted;

-- name: end_authorization :one
-- No new call is paid; what is held comes to its end. No row where it has ended so already.
with ended as (
  update runtime.spend_authorizations
     set status = %(status)s, status_reason = %(reason)s, updated_at = clock_timestamp()
   where authorization_id = %(authorization_id)s
     and status in ('active', 'frozen', 'revoked', 'expired') and status <> %(status)s
  returning authorization_id
), moved as (
  update runtime.spend_balances b
     set active = false, version = version + 1
    from ended
   where b.authorization_id = ended.authorization_id
  returning b.*
)
insert into runtime.spend_ledger (
  authorization_id, entry_no, kind, granted, reserved, spent, overage, day, day_used, actor, at)
select authorization_id, version, 'close', granted, reserved, spent, overage, day, day_used,
       %(actor)s, clock_timestamp()
  from moved
returning entry_no;

-- name: list_authorizations :all
select a.authorization_id, a.owner_key, a.scope_kind, a.scope_id, a.mode, a.unit, a.covers, a.status,
       a.expires_at, b.granted, b.reserved, b.spent, b.overage
  from runtime.spend_authorizations a
  join runtime.spend_balances b using (authorization_id)
 where (%(owner_key)s::text is null or a.owner_key = %(owner_key)s)
 order by a.created_at desc, a.authorization_id
 limit %(limit)s;

-- name: get_authorization :one
select a.authorization_id, a.owner_key, a.payer_type, a.scope_kind, a.scope_id, a.mode, a.unit,
       a.covers, a.max_total, a.max_per_call, a.max_per_day, a.threshold, a.constraints,
       a.on_exhausted, a.not_before, a.expires_at, a.status, a.status_reason, a.terms_hash,
       a.created_by, a.created_at, b.granted, b.reserved, b.spent, b.overage, b.day, b.day_used,
       b.unknowns, b.version
  from runtime.spend_authorizations a
  join runtime.spend_balances b using (authorization_id)
 where a.authorization_id = %(authorization_id)s;

-- name: entries :all
select entry_no, kind, d_granted, d_reserved, d_spent, d_overage, granted, reserved, spent, overage,
       reservation_id, actor, at
  from runtime.spend_ledger
 where authorization_id = %(authorization_id)s
 order by entry_no desc
 limit %(limit)s;

-- name: broken_books :all
-- Each promise of the books that a row breaks; none, ever.
with folded as (
  select authorization_id, count(*) as entries, max(entry_no) as newest,
         sum(d_granted) as granted, sum(d_reserved) as reserved, sum(d_spent) as spent,
         sum(d_overage) as overage
    from runtime.spend_ledger
   group by authorization_id
), held as (
  select authorization_id,
         coalesce(sum(amount) filter (where state in ('reserved', 'executing', 'unknown')), 0) as open,
         count(*) filter (where state = 'unknown') as unknowns,
         coalesce(sum(actual - overage - refunded) filter (where state = 'committed'), 0) as spent,
         coalesce(sum(overage), 0) as overage
    from runtime.spend_reservations
   group by authorization_id
)
select b.authorization_id, broken.promise
  from runtime.spend_balances b
  left join folded f using (authorization_id)
  left join held h using (authorization_id)
 cross join lateral (values
   ('the balance is the fold of its ledger',
    (b.granted, b.reserved, b.spent, b.overage)
      is not distinct from (f.granted, f.reserved, f.spent, f.overage)),
   ('entries are numbered without a gap', b.version = f.entries and f.entries = f.newest),
   ('what is reserved is held by calls or children',
    b.reserved = coalesce(h.open, 0) + (
      select coalesce(sum(c.max_total), 0) from runtime.spend_authorizations c
       where c.parent_authorization_id = b.authorization_id and c.status <> 'closed')),
   ('unproven outcomes are counted', b.unknowns = coalesce(h.unknowns, 0)),
   ('nothing is spent but by calls', b.spent >= coalesce(h.spent, 0)),
   ('no more is held and spent than was granted', b.reserved + b.spent <= b.granted)
 ) as broken (promise, kept)
 where not broken.kept
 order by b.authorization_id, broken.promise
 limit %(limit)s;
