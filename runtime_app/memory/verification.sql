-- name: sealed_chunks :all
select chunk_id, level, inputs, input_hash, summary, output_hash
  from runtime.memory_chunks
 where thread_id = %(thread_id)s and state = 'sealed' and chunk_id > %(after)s
 order by chunk_id
 limit %(limit)s;

-- name: event_hashes :all
select seq, encode(event_hash, 'hex') as event_hash
  from runtime.run_events
 where run_id = %(run_id)s and seq in (%(from_seq)s, %(to_seq)s);

-- name: child_hash :one
select output_hash, parent_id from runtime.memory_chunks where chunk_id = %(chunk_id)s;

-- name: holes :all
-- Where the ranges of a run leave a gap or overlap, or do not reach its cursor.
with ranges as (
  select p ->> 'run_id' as run_id, (p ->> 'from_seq')::bigint as first,
         (p ->> 'to_seq')::bigint as last
    from runtime.memory_chunks c, jsonb_array_elements(c.inputs::jsonb) as p
   where c.level = 1 and c.state = 'sealed' and c.thread_id = %(thread_id)s),
neighbours as (
  select run_id, first, coalesce(lag(last) over (partition by run_id order by first), 0) as before
    from ranges)
select run_id, first as seq from neighbours where first <> before + 1
 union all
select k.run_id, k.sealed_seq
  from runtime.memory_cursors k
  join runtime.runs r using (run_id)
 where r.thread_id = %(thread_id)s
   and k.sealed_seq is distinct from (select max(last) from ranges where run_id = k.run_id)
 order by 1, 2;
