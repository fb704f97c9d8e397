-- name: append_with_slots :one
-- `append_events` once the run has a slot of each of its keys; else `waits`, and the run stands in line.
-- Whether it has them is an argument of the append, so that it is known before.
select case when slots.taken then a.outcome else 'waits' end as outcome,
       a.seq, a.cancel_requested, a.occurred_at
  from (select runtime.take_slots(
          %(run_id)s, %(epoch)s, %(expected_seq)s, %(slots)s::int[]) as taken) as slots
  left join lateral runtime.append_events(
    case when slots.taken then %(run_id)s end, %(expected_seq)s, %(epoch)s,
    %(types)s::text[], %(versions)s::int[], %(classes)s::text[], %(payloads)s::text[],
    %(status)s, %(trace_id)s, %(request_id)s,
    %(span_id)s, %(trace_flags)s::smallint, %(tracestate)s) as a on slots.taken;

-- name: release_slots :all
select run_id from runtime.release_slots(%(run_id)s, %(limits)s::int[]) as run_id;

-- name: grant_slots :one
select runtime.grant_slots(%(run_id)s, %(limits)s::int[]) as granted;

-- name: left_behind :all
-- Only a release that knows no slots can have left them.
select run_id
  from (select unnest(holders) as run_id from runtime.slots
        union
        select run_id from runtime.slot_line) as present
  join runtime.runs r using (run_id)
 where r.terminal_at is not null
 limit %(limit)s;

-- name: passed_over :all
select run_id
  from (select * from runtime.slot_line
         where granted_at is null
         order by turn_at, since, run_id
        offset 0) as line
 where runtime.slots_free(run_id, keys, since, null, %(limits)s::int[])
 limit %(limit)s;

-- name: unheeded :all
update runtime.slot_line
   set woken_at = statement_timestamp()
 where run_id in (
   select w.run_id
     from runtime.slot_line w
    where w.granted_at < statement_timestamp() - interval '2 seconds'
      and coalesce(w.woken_at < statement_timestamp() - interval '10 seconds', true)
      and not exists (
        select 1 from runtime.run_leases l
         where l.run_id = w.run_id and l.expires_at > clock_timestamp())
    order by w.granted_at
    limit %(limit)s
      for update of w skip locked)
returning run_id;
