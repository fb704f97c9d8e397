-- name: set_time_limit :one
select set_config('statement_timeout', %(limit_ms)s::text, true);

-- name: live_runs :all
select status, count(*) as runs
  from runtime.runs
 where status not in ('completed', 'failed', 'canceled')
 group by status;

-- name: runs_without_executor :one
-- Runs that nobody holds and that go on: past what was folded, or given the slots that they have
-- waited for. Each waits since its last event, or since the lease of the one before has run out.
with unread as (
  select h.run_id, h.seq, l.expires_at
    from runtime.runs r
    join runtime.run_heads h using (run_id)
    left join runtime.run_leases l using (run_id)
   where r.status not in ('completed', 'failed', 'canceled')
     and h.closed_seq is null
     and h.seq > h.parked_seq
     and coalesce(l.expires_at <= statement_timestamp(), true)
), waiting as (
  select greatest(e.occurred_at, u.expires_at) as since
    from unread u
    join runtime.run_events e on e.run_id = u.run_id and e.seq = u.seq
   union all
  select greatest(w.granted_at, l.expires_at)
    from runtime.slot_line w
    join runtime.run_heads h using (run_id)
    left join runtime.run_leases l using (run_id)
   where w.granted_at is not null
     and h.closed_seq is null
     and h.seq = h.parked_seq
     and coalesce(l.expires_at <= statement_timestamp(), true)
)
select count(*) as depth,
       greatest(0, coalesce(
         extract(epoch from statement_timestamp() - min(since)), 0))::float8 as oldest_s
  from waiting;

-- name: tasks_without_worker :one
select count(*) as depth,
       greatest(0, coalesce(
         extract(epoch from statement_timestamp() - min(updated_at)), 0))::float8 as oldest_s
  from runtime.tool_tasks
 where state = 'queued';

-- name: quarantine_waiting :one
-- As `oa-runtime quarantine list` finds them, of the last 30 days.
select (select count(*)
          from runtime.runs r
         where r.terminal_at > now() - interval '30 days'
           and r.terminal_reason_class = 'executor_recovery_exhausted'
           and not exists (
             select from runtime.operator_audit a
              where a.target = r.run_id
                and a.act in ('quarantine.requeue', 'quarantine.drop')))::float8 as runs,
       (select count(*)
          from runtime.tool_tasks t
         where t.updated_at > now() - interval '30 days'
           and t.error_class in ('lost', 'timeout') and not t.late
           and not exists (
             select from runtime.operator_audit a
              where a.target = t.tool_call_id
                and a.act in ('quarantine.requeue', 'quarantine.drop')))::float8 as tools;

-- name: notify_queue :one
select pg_notification_queue_usage()::float8 as ratio;

-- name: successes :all
-- A job that has never succeeded has no moment, which is as bad as one long ago.
select job, coalesce(extract(epoch from succeeded_at), 0)::float8 as at_s
  from runtime.beat_jobs;

-- name: breaker_states :all
-- The worst of a provider's keys; a hold counts as what it holds.
select split_part(key, '|', 1) as provider, split_part(key, '|', 2) as op,
       max(case case when forced_until > statement_timestamp() then forced else state end
             when 'open' then 2 when 'half_open' then 1 else 0 end)::float8 as worst
  from runtime.provider_breakers
 group by 1, 2;
