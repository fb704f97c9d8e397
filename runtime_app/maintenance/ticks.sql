-- name: claim_tick :one
-- One statement, so that of all who bring the same tick one gets it. A tick that lies too far ahead
-- is void, be it brought or on record: one of next week would keep the job from running until then,
-- whether a beat's clock was wrong or the database's has been set back.
with asked as (
  select %(job)s::text as job, %(tick_s)s::bigint as tick_s, statement_timestamp() as at,
         extract(epoch from statement_timestamp()) + %(ahead_s)s as void_after
), claimed as (
  insert into runtime.beat_jobs as b (job, last_tick_s, begun_at, running_until)
  select job, tick_s, at, at + make_interval(secs => %(takes_s)s)
    from asked
   where tick_s <= void_after
  on conflict (job) do update
     set last_tick_s = excluded.last_tick_s,
         begun_at = excluded.begun_at,
         running_until = excluded.running_until
   where (b.last_tick_s < excluded.last_tick_s
          or b.last_tick_s > extract(epoch from statement_timestamp()) + %(ahead_s)s)
     and (b.running_until is null or b.running_until < statement_timestamp())
  returning b.job
)
select case
         when claimed.job is not null then 'claimed'
         when asked.tick_s > asked.void_after then 'ahead'
         when (b.last_tick_s < asked.tick_s or b.last_tick_s > asked.void_after)
              and b.running_until is not null then 'busy'
         else 'taken'
       end as answer
  from asked
  left join claimed using (job)
  left join runtime.beat_jobs b using (job);

-- name: end_tick :none
-- Of a job that took longer than it may, a later tick may have begun meanwhile; that one is let be.
update runtime.beat_jobs
   set running_until = null,
       last_result = %(result)s,
       succeeded_at = case when %(result)s = 'succeeded' then statement_timestamp()
                           else succeeded_at end
 where job = %(job)s
   and last_tick_s = %(tick_s)s;
