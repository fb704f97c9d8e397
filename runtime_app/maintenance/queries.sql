-- name: try_lock :one
select pg_try_advisory_xact_lock(hashtext(%(name)s)) as locked;

-- name: unread_heads :all
-- Live runs whose log goes on past what their last executor has folded, and that nobody holds.
select r.run_id
  from runtime.runs r
  join runtime.run_heads h using (run_id)
 where r.status not in ('completed', 'failed', 'canceled')
   and h.closed_seq is null
   and h.seq > h.parked_seq
   and not exists (
     select 1 from runtime.run_leases l
      where l.run_id = r.run_id and l.expires_at > clock_timestamp())
 order by r.created_at
 limit %(limit)s;
