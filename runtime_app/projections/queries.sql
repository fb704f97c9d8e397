-- Lock order: watermark, then rows by table and key.

-- name: watermark :one
select run_id, user_id, version, last_seq, chain_head, state, rows_count, rows_digest, status,
       fails, next_try_at is not null and next_try_at > statement_timestamp() as waits
  from runtime.projection_watermarks
 where run_id = %(run_id)s;

-- name: lock_watermark :one
select run_id, user_id, version, last_seq, chain_head, state, rows_count, rows_digest, status,
       fails, false as waits
  from runtime.projection_watermarks
 where run_id = %(run_id)s
   for update;

-- name: read_facts :all
-- What only readers of the stream need comes without its payload. A range of seqs, bounded in bytes
-- as well; the event that goes beyond is still in it.
select seq, event_type, event_class, payload, occurred_at, prev_hash, event_hash
  from (select n.*, sum(n.payload_bytes) over (order by n.seq) - n.payload_bytes as bytes_before
          from (select seq, event_type, event_class,
                       case when event_class not in ('delta', 'progress') then payload end
                         as payload,
                       occurred_at, prev_hash, event_hash,
                       case when event_class not in ('delta', 'progress')
                            then coalesce(octet_length(payload), 0) else 0 end as payload_bytes
                  from runtime.run_events
                 where run_id = %(run_id)s and seq > %(after)s and seq <= %(until)s) as n) as e
 where bytes_before < %(limit_bytes)s
 order by seq;

-- name: move_watermark :one
-- Only from where it stood when the events were read.
update runtime.projection_watermarks
   set last_seq = %(to_seq)s, chain_head = %(chain_head)s, state = %(state)s,
       rows_count = rows_count + %(count)s,
       rows_digest = mod(rows_digest + %(digest)s::numeric, 340282366920938463463374607431768211456),
       status = %(status)s, fails = %(fails)s, problem = %(problem)s,
       next_try_at = statement_timestamp() + make_interval(secs => %(wait_s)s),
       checked_at = null
 where run_id = %(run_id)s and last_seq = %(from_seq)s and version = %(version)s
   and status = 'live'
returning last_seq;

-- name: set_watermark :none
-- After a rebuild, which holds its lock.
update runtime.projection_watermarks
   set last_seq = %(to_seq)s, chain_head = %(chain_head)s, state = %(state)s,
       rows_count = %(count)s, rows_digest = %(digest)s::numeric, status = %(status)s,
       fails = 0, problem = null, next_try_at = null
 where run_id = %(run_id)s;

-- name: bury :none
update runtime.projection_watermarks
   set status = 'dead', problem = %(problem)s
 where run_id = %(run_id)s and status = 'live' and last_seq = %(from_seq)s;

-- name: write_threads :none
insert into runtime.projected_threads
select * from json_populate_recordset(null::runtime.projected_threads, %(rows)s::json)
on conflict (id) do nothing;

-- name: write_runs :none
insert into runtime.projected_runs as t
select * from json_populate_recordset(null::runtime.projected_runs, %(rows)s::json)
on conflict (id) do update
   set thread_id = excluded.thread_id, user_id = excluded.user_id, status = excluded.status,
       model = excluded.model, usage = excluded.usage, meta = excluded.meta,
       error = excluded.error, started_at = excluded.started_at,
       completed_at = excluded.completed_at, created_at = excluded.created_at,
       updated_at = excluded.updated_at, runtime_seq = excluded.runtime_seq,
       runtime_version = excluded.runtime_version, runtime_row_hash = excluded.runtime_row_hash
 where t.runtime_source = excluded.runtime_source;

-- name: write_messages :none
insert into runtime.projected_messages as t
select * from json_populate_recordset(null::runtime.projected_messages, %(rows)s::json)
on conflict (id) do update
   set thread_id = excluded.thread_id, run_id = excluded.run_id, user_id = excluded.user_id,
       role = excluded.role, content = excluded.content, meta = excluded.meta,
       created_at = excluded.created_at, updated_at = excluded.updated_at,
       runtime_seq = excluded.runtime_seq, runtime_version = excluded.runtime_version,
       runtime_row_hash = excluded.runtime_row_hash
 where t.runtime_source = excluded.runtime_source and t.run_id = excluded.run_id;

-- name: write_run_events :none
insert into runtime.projected_run_events as t
select * from json_populate_recordset(null::runtime.projected_run_events, %(rows)s::json)
on conflict (run_id, runtime_seq) do update
   set type = excluded.type, payload = excluded.payload, created_at = excluded.created_at,
       runtime_version = excluded.runtime_version, runtime_row_hash = excluded.runtime_row_hash
 where t.runtime_source = excluded.runtime_source;

-- name: behind :all
-- Runs whose watermark has not reached their head.
select w.run_id
  from runtime.projection_watermarks w
  join runtime.run_heads h using (run_id)
 where w.status = 'live' and h.seq > w.last_seq
   and (w.next_try_at is null or w.next_try_at <= statement_timestamp())
 order by w.run_id
 limit %(limit)s;

-- name: lag :one
select count(*) filter (where w.status = 'live' and h.seq > w.last_seq) as runs,
       coalesce(sum(h.seq - w.last_seq) filter (where w.status = 'live'), 0)::bigint as events,
       count(*) filter (where w.status = 'dead') as dead,
       coalesce(extract(epoch from statement_timestamp() - min(e.occurred_at)), 0)::float8
         as oldest_s
  from runtime.projection_watermarks w
  join runtime.run_heads h using (run_id)
  left join runtime.run_events e
    on e.run_id = w.run_id and e.seq = w.last_seq + 1 and w.status = 'live'
 where w.status in ('live', 'dead');

-- name: dead :all
select run_id, last_seq, problem
  from runtime.projection_watermarks
 where status = 'dead'
 order by run_id
 limit %(limit)s;

-- name: stored_runs :all
select id as key, id, thread_id, user_id, status, model, usage, meta, error, started_at,
       completed_at, created_at, updated_at, runtime_seq, runtime_version, runtime_row_hash
  from runtime.projected_runs
 where id = %(run_id)s and runtime_source = %(source)s;

-- name: stored_messages :all
select id as key, id, thread_id, run_id, user_id, role, content, meta, created_at, updated_at,
       runtime_seq, runtime_version, runtime_row_hash
  from runtime.projected_messages
 where run_id = %(run_id)s and runtime_source = %(source)s;

-- name: stored_run_events :all
select runtime_seq::text as key, run_id, runtime_seq, type, payload, created_at, runtime_version,
       runtime_row_hash
  from runtime.projected_run_events
 where run_id = %(run_id)s and runtime_source = %(source)s;

-- name: drop_messages :none
delete from runtime.projected_messages
 where run_id = %(run_id)s and id = any(%(keys)s) and runtime_source = %(source)s;

-- name: drop_run_events :none
delete from runtime.projected_run_events
 where run_id = %(run_id)s and runtime_seq = any(%(keys)s::bigint[])
   and runtime_source = %(source)s;

-- name: look_again :all
-- Ended runs that nobody has checked since they were written, then those checked longest ago; each
-- with what its tagged rows amount to.
with taken as (
  update runtime.projection_watermarks w
     set checked_at = statement_timestamp()
   where w.run_id in (
     select run_id from runtime.projection_watermarks
      where status = 'done'
      order by checked_at nulls first
      limit %(limit)s
        for update skip locked)
  returning w.run_id, w.last_seq, w.chain_head, w.rows_count, w.rows_digest)
select k.run_id, h.seq = k.last_seq as at_head, h.chain_head = k.chain_head as same_chain,
       k.rows_count = f.rows_count and k.rows_digest = f.rows_digest as same_rows
  from taken k
  join runtime.run_heads h using (run_id)
 cross join lateral (
   select count(*) as rows_count,
          mod(coalesce(sum(hash), 0), 340282366920938463463374607431768211456) as rows_digest
     from (select runtime_row_hash as hash from runtime.projected_runs
            where id = k.run_id and runtime_source = 'openagents-runtime'
           union all
           select runtime_row_hash from runtime.projected_messages
            where run_id = k.run_id and runtime_source = 'openagents-runtime'
           union all
           select runtime_row_hash from runtime.projected_run_events
            where run_id = k.run_id and runtime_source = 'openagents-runtime') as r) as f
 order by k.run_id;

-- name: repairs_today :one
select count(*) as repairs
  from runtime.projection_audits
 where run_id = %(run_id)s and at > statement_timestamp() - interval '1 day';

-- name: record_audit :none
insert into runtime.projection_audits (
  run_id, kind, rows_missing, rows_changed, rows_extra, digest_before, digest_after, verified)
values (
  %(run_id)s, %(kind)s, %(missing)s, %(changed)s, %(extra)s, %(before)s::numeric,
  %(after)s::numeric, %(verified)s);
