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

-- name: get_mark :one
select ended_at, run_id from runtime.retention_marks where event_class = %(event_class)s;

-- name: ended_before :all
-- Runs that ended longer ago than an age and after another run, in the order of their ends.
select run_id, terminal_at
  from runtime.runs
 where terminal_at < statement_timestamp() - make_interval(secs => %(age_s)s)
   and (terminal_at, run_id) > (%(ended_at)s, %(run_id)s)
 order by terminal_at, run_id
 limit %(limit)s;

-- name: move_mark :none
-- Forward only: another copy may be ahead.
insert into runtime.retention_marks as m (event_class, ended_at, run_id)
values (%(event_class)s, %(ended_at)s, %(run_id)s)
on conflict (event_class) do update
   set ended_at = excluded.ended_at, run_id = excluded.run_id
 where (m.ended_at, m.run_id) < (excluded.ended_at, excluded.run_id);

-- name: just_ended :all
-- Runs that ended a while ago at most and have no anchor of their end, the oldest first.
select r.run_id
  from runtime.runs r
  join runtime.run_heads h using (run_id)
 where r.terminal_at > statement_timestamp() - make_interval(secs => %(within_s)s)
   and not exists (
     select from runtime.run_anchors a where a.run_id = r.run_id and a.seq = h.closed_seq)
 order by r.terminal_at
 limit %(limit)s;

-- name: unanchored :all
-- Ended runs without an anchor of their end, the newest first; then live ones that have not been
-- anchored for long. A run that cannot be anchored is so never in the way of those after it.
(select r.run_id
   from runtime.runs r
   join runtime.run_heads h using (run_id)
  where r.terminal_at between statement_timestamp() - make_interval(secs => %(looks_back_s)s)
                          and statement_timestamp() - make_interval(secs => %(ended_for_s)s)
    and not exists (
      select from runtime.run_anchors a where a.run_id = r.run_id and a.seq = h.closed_seq)
  order by r.terminal_at desc
  limit %(limit)s)
union all
(select r.run_id
   from runtime.runs r
   join runtime.run_heads h using (run_id)
   left join lateral (
     select a.seq, a.anchored_at
       from runtime.run_anchors a
      where a.run_id = r.run_id
      order by a.seq desc
      limit 1) as newest on true
  where r.status not in ('completed', 'failed', 'canceled')
    and h.seq > coalesce(newest.seq, 0)
    and coalesce(newest.anchored_at, r.created_at)
          < statement_timestamp() - make_interval(secs => %(goes_on_for_s)s)
  order by r.created_at desc
  limit %(limit)s);

-- name: sample_ended :all
-- The first run that ended at or after each of so many moments.
select distinct run.run_id
  from (select b.first + random() * (b.last - b.first) as moment
          from generate_series(1, %(runs)s),
               (select min(terminal_at) as first, max(terminal_at) as last
                  from runtime.runs
                 where terminal_at is not null) as b) as picked,
       lateral (
         select r.run_id
           from runtime.runs r
          where r.terminal_at >= picked.moment
          order by r.terminal_at, r.run_id
          limit 1) as run;

-- name: sample_live :all
-- The same of live runs, by the moments at which they began.
select distinct run.run_id
  from (select b.first + random() * (b.last - b.first) as moment
          from generate_series(1, %(runs)s),
               (select min(created_at) as first, max(created_at) as last
                  from runtime.runs
                 where status not in ('completed', 'failed', 'canceled')) as b) as picked,
       lateral (
         select r.run_id
           from runtime.runs r
          where r.created_at >= picked.moment
            and r.status not in ('completed', 'failed', 'canceled')
          order by r.created_at, r.run_id
          limit 1) as run;
