-- Time is an argument; null is the database's own.

-- name: due_events :all
-- Threads whose oldest event that is in no chunk is past the horizon, the oldest first.
select r.thread_id, r.owner, min(e.occurred_at) as first_at
  from runtime.runs r
  left join runtime.memory_cursors c on c.run_id = r.run_id
  join runtime.run_events e on e.run_id = r.run_id and e.seq = coalesce(c.sealed_seq, 0) + 1
 where not r.remembered
   and (%(thread_id)s::text is null or r.thread_id = %(thread_id)s)
   and e.occurred_at < date_bin(
         make_interval(secs => %(window_s)s),
         coalesce(%(now)s::timestamptz, statement_timestamp())
           - make_interval(secs => %(settle_s)s),
         timestamptz 'epoch')
 group by r.thread_id, r.owner
 order by first_at, r.thread_id
 limit %(limit)s;

-- name: due_chunks :all
-- Windows whose chunks of the level below are all there, and have no parent yet.
select c.thread_id, c.owner,
       date_bin(make_interval(secs => %(window_s)s), c.window_start, timestamptz 'epoch')
         as first_at
  from runtime.memory_chunks c
 where c.level = %(below)s and c.state = 'sealed' and c.parent_id is null
   and (%(thread_id)s::text is null or c.thread_id = %(thread_id)s)
   and date_bin(make_interval(secs => %(window_s)s), c.window_start, timestamptz 'epoch')
         + make_interval(secs => %(window_s)s + %(settle_s)s)
       <= coalesce(%(now)s::timestamptz, statement_timestamp())
   and not exists (
     select from runtime.memory_chunks b
      where b.thread_id = c.thread_id and b.owner = c.owner and b.level < %(level)s
        and (b.state = 'building' or b.state = 'sealed' and b.parent_id is null
                                     and b.level < %(below)s)
        and b.window_start < date_bin(make_interval(secs => %(window_s)s), c.window_start,
                                      timestamptz 'epoch')
                             + make_interval(secs => %(window_s)s))
   and not exists (
     select
       from runtime.runs r
       left join runtime.memory_cursors k on k.run_id = r.run_id
       join runtime.run_events e on e.run_id = r.run_id and e.seq = coalesce(k.sealed_seq, 0) + 1
      where r.thread_id = c.thread_id and not r.remembered
        and e.occurred_at < date_bin(make_interval(secs => %(window_s)s), c.window_start,
                                     timestamptz 'epoch')
                            + make_interval(secs => %(window_s)s))
 group by 1, 2, 3
 order by first_at, 1
 limit %(limit)s;

-- name: lapsed :all
-- Chunks whose builder is dead.
select thread_id, owner, level
  from runtime.memory_chunks
 where state = 'building' and level = %(level)s
   and lease_until < coalesce(%(now)s::timestamptz, statement_timestamp())
   and (%(thread_id)s::text is null or thread_id = %(thread_id)s)
 order by lease_until
 limit %(limit)s;

-- name: lock_thread :one
select pg_try_advisory_xact_lock(
         hashtextextended('oa.memory:' || %(level)s::text || ':' || %(thread_id)s, 0)) as locked;

-- name: open_chunk :one
select chunk_id, lease_until < coalesce(%(now)s::timestamptz, statement_timestamp()) as lapsed
  from runtime.memory_chunks
 where thread_id = %(thread_id)s and owner = %(owner)s and level = %(level)s
   and state = 'building';

-- name: take_over :one
update runtime.memory_chunks
   set attempt = attempt + 1,
       lease_until = coalesce(%(now)s::timestamptz, statement_timestamp())
                     + make_interval(secs => %(lease_s)s)
 where chunk_id = %(chunk_id)s and state = 'building'
returning chunk_id, thread_id, level, inputs, input_hash, attempt;

-- name: event_window :one
-- The window of the oldest event that is in no chunk; never before one that is sealed.
select greatest(
         date_bin(make_interval(secs => %(window_s)s), min(e.occurred_at), timestamptz 'epoch'),
         (select max(window_start) from runtime.memory_chunks
           where thread_id = %(thread_id)s and owner = %(owner)s and level = 1
             and state = 'sealed')) as starts,
       date_bin(
         make_interval(secs => %(window_s)s),
         coalesce(%(now)s::timestamptz, statement_timestamp())
           - make_interval(secs => %(settle_s)s),
         timestamptz 'epoch') as horizon,
       min(e.occurred_at) as first_at
  from runtime.runs r
  left join runtime.memory_cursors c on c.run_id = r.run_id
 cross join lateral (
   select n.occurred_at
     from runtime.run_events n
    where n.run_id = r.run_id and n.seq > coalesce(c.sealed_seq, 0)
      and n.occurred_at >= %(after)s::timestamptz
    order by n.seq
    limit 1) as e
 where r.thread_id = %(thread_id)s and r.owner = %(owner)s and not r.remembered;

-- name: event_ranges :all
-- Of each run: what is in no chunk, up to the last event before the window's end.
select r.run_id, coalesce(c.sealed_seq, 0) + 1 as from_seq, last.seq as to_seq,
       encode(first.event_hash, 'hex') as from_hash, encode(last.event_hash, 'hex') as to_hash,
       exists (
         select from runtime.run_events e
          where e.run_id = r.run_id and e.seq between coalesce(c.sealed_seq, 0) + 1 and last.seq
            and e.event_class not in ('delta', 'progress')) as has_input
  from runtime.runs r
  left join runtime.memory_cursors c on c.run_id = r.run_id
  join runtime.run_events first
    on first.run_id = r.run_id and first.seq = coalesce(c.sealed_seq, 0) + 1
 cross join lateral (
   select e.seq, e.event_hash
     from runtime.run_events e
    where e.run_id = r.run_id and e.seq > coalesce(c.sealed_seq, 0)
      and e.seq <= coalesce(c.sealed_seq, 0) + %(most)s
      and e.occurred_at < %(ends)s
    order by e.seq desc
    limit 1) as last
 where r.thread_id = %(thread_id)s and r.owner = %(owner)s and not r.remembered
 order by first.occurred_at, r.run_id
 limit 200;

-- name: children :all
select chunk_id, output_hash
  from runtime.memory_chunks
 where thread_id = %(thread_id)s and owner = %(owner)s and level = %(below)s
   and state = 'sealed' and parent_id is null
   and window_start >= %(starts)s and window_start < %(ends)s
 order by window_start, part, chunk_id;

-- name: insert_chunk :one
insert into runtime.memory_chunks (
  chunk_id, thread_id, owner, level, window_start, window_end, part, inputs, input_hash,
  lease_until, trigger, rules_version)
values (
  %(chunk_id)s, %(thread_id)s, %(owner)s, %(level)s, %(starts)s, %(ends)s, %(part)s,
  %(inputs)s, %(input_hash)s,
  coalesce(%(now)s::timestamptz, statement_timestamp()) + make_interval(secs => %(lease_s)s),
  %(trigger)s, %(rules)s)
returning chunk_id, thread_id, level, inputs, input_hash, attempt;

-- name: next_part :one
select coalesce(max(part), 0) + 1 as part
  from runtime.memory_chunks
 where thread_id = %(thread_id)s and owner = %(owner)s and level = %(level)s
   and window_start = %(starts)s;

-- name: read_events :all
select seq, event_type, payload, encode(event_hash, 'hex') as event_hash
  from runtime.run_events
 where run_id = %(run_id)s and seq >= %(from_seq)s and seq <= %(to_seq)s
   and (event_class not in ('delta', 'progress') or seq in (%(first)s, %(to_seq)s))
 order by seq;

-- name: read_chunk :one
select summary, output_hash, input_events, output_tokens
  from runtime.memory_chunks
 where chunk_id = %(chunk_id)s and state = 'sealed';

-- name: seal_chunk :one
update runtime.memory_chunks
   set state = 'sealed', summary = %(summary)s, output_hash = %(output_hash)s,
       output_bytes = %(output_bytes)s, output_tokens = %(output_tokens)s,
       input_events = %(input_events)s, input_tokens = %(input_tokens)s,
       summarizer = %(summarizer)s,
       sealed_at = coalesce(%(now)s::timestamptz, statement_timestamp())
 where chunk_id = %(chunk_id)s and state = 'building' and attempt = %(attempt)s
returning chunk_id;

-- name: move_cursor :one
-- From exactly where it stood when the chunk was claimed.
insert into runtime.memory_cursors as c (run_id, sealed_seq, chunk_id)
select %(run_id)s, %(to_seq)s, %(chunk_id)s
 where %(from_seq)s = 1 or exists (
   select from runtime.memory_cursors where run_id = %(run_id)s)
on conflict (run_id) do update
   set sealed_seq = excluded.sealed_seq, chunk_id = excluded.chunk_id
 where c.sealed_seq = %(from_seq)s - 1
returning run_id;

-- name: mark_remembered :none
update runtime.runs r
   set remembered = true
  from runtime.run_heads h
 where r.run_id = any(%(run_ids)s) and h.run_id = r.run_id and not r.remembered
   and h.closed_seq = (select sealed_seq from runtime.memory_cursors k where k.run_id = r.run_id);

-- name: adopt :none
update runtime.memory_chunks
   set parent_id = %(chunk_id)s
 where chunk_id = any(%(children)s) and parent_id is null;

-- name: record_compaction :none
insert into runtime.memory_compactions (
  chunk_id, attempt, result, error_class, input_hash, output_hash, summarizer, input_tokens,
  output_tokens, latency_ms)
values (
  %(chunk_id)s, %(attempt)s, %(result)s, %(error_class)s, %(input_hash)s, %(output_hash)s,
  %(summarizer)s, %(input_tokens)s, %(output_tokens)s, %(latency_ms)s);

-- name: list_chunks :all
select chunk_id, level, window_start, window_end, part, state, summarizer, input_events,
       input_tokens, output_tokens, output_hash, parent_id, summary
  from runtime.memory_chunks
 where thread_id = %(thread_id)s and state in ('building', 'sealed')
 order by level desc, window_start, part
 limit %(limit)s;
