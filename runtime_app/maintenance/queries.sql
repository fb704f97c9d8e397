-- name: try_lock :one
select pg_try_advisory_xact_lock(hashtext(%(name)s)) as locked;

-- name: unread_heads :all
-- Live runs whose log goes on past what their last executor has folded, and that nobody holds. Each
-- is woken at most every 10 s: a queue that is behind is not helped by copies. Rows that somebody
-- has locked are busy; they are passed over, so that no lock is waited for.
update runtime.run_heads
   set woken_at = statement_timestamp()
 where run_id in (
   select h.run_id
     from runtime.runs r
     join runtime.run_heads h using (run_id)
    where r.status not in ('completed', 'failed', 'canceled')
      and h.closed_seq is null
      and h.seq > h.parked_seq
      and coalesce(h.woken_at < statement_timestamp() - interval '10 seconds', true)
      and not exists (
        select 1 from runtime.run_leases l
         where l.run_id = r.run_id and l.expires_at > clock_timestamp())
    order by r.created_at
    limit %(limit)s
      for update of h skip locked)
returning run_id;
