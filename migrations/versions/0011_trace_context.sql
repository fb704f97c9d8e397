-- What a step or a tool call needs to go on in the trace of the request that caused it, whatever
-- becomes of the message that woke it.

alter table runtime.run_events
  add column span_id     text,
  add column trace_flags smallint,
  add column tracestate  text;

alter table runtime.tool_tasks
  add column trace_id    text,
  add column request_id  text,
  add column span_id     text,
  add column trace_flags smallint,
  add column tracestate  text;

drop function runtime.append_events(
  text, bigint, bigint, text[], int[], text[], text[], text, text, text);
drop function runtime.append_many(text[], bigint[], int[], text[], int[], text[], text[]);

-- Append a batch to one run. Locks the head, so batches of one run are serial and seq has no gaps.
-- outcome: ok | missing | closed | superseded (stale epoch) | raced (head is not p_expected_seq).
-- p_status is the run's status after the batch, null where it stays: the row follows the fold, and
-- a run that is being cancelled moves nowhere but to its end, whatever the writer did not know yet.
-- The preimage of event_hash is described in runtime_app/events/hashchain.py.
create function runtime.append_events(
  p_run_id text, p_expected_seq bigint, p_epoch bigint,
  p_types text[], p_versions int[], p_classes text[], p_payloads text[],
  p_status text, p_trace_id text, p_request_id text,
  p_span_id text, p_trace_flags smallint, p_tracestate text,
  out outcome text, out seq bigint, out cancel_requested boolean, out occurred_at timestamptz)
language plpgsql as $$
declare
  head         runtime.run_heads;
  n            int := cardinality(p_types);
  at_us        bytea;
  prefix       bytea;
  link         bytea;
  digests      bytea[] := '{}';
  links        bytea[] := '{}';
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  outcome := case
    when head.run_id is null then 'missing'
    when head.closed_seq is not null then 'closed'
    when p_epoch <> head.epoch then 'superseded'
    when p_expected_seq <> head.seq then 'raced'
    else 'ok' end;
  seq := head.seq;
  cancel_requested := head.cancel_requested;
  if outcome <> 'ok' then
    return;
  end if;

  occurred_at := clock_timestamp();
  at_us := runtime.hash_field(
    convert_to((extract(epoch from occurred_at) * 1000000)::bigint::text, 'UTF8'));
  prefix := runtime.hash_field('oa.event.v1') || runtime.hash_field(convert_to(p_run_id, 'UTF8'));
  link := head.chain_head;
  for i in 1..n loop
    digests[i] := sha256(convert_to(p_payloads[i], 'UTF8'));
    link := sha256(prefix
      || runtime.hash_field(convert_to((head.seq + i)::text, 'UTF8'))
      || runtime.hash_field(convert_to(p_types[i], 'UTF8'))
      || runtime.hash_field(convert_to(p_versions[i]::text, 'UTF8'))
      || at_us
      || runtime.hash_field(digests[i])
      || runtime.hash_field(link));
    links[i] := link;
  end loop;

  insert into runtime.run_events (
    run_id, seq, event_type, event_version, event_class, payload, payload_hash, prev_hash,
    event_hash, occurred_at, epoch, trace_id, request_id, span_id, trace_flags, tracestate)
  select p_run_id, head.seq + i, p_types[i], p_versions[i], p_classes[i], p_payloads[i],
         digests[i], case i when 1 then head.chain_head else links[i - 1] end, links[i],
         append_events.occurred_at, head.epoch, p_trace_id, p_request_id, p_span_id, p_trace_flags,
         p_tracestate
    from generate_series(1, n) i;

  seq := head.seq + n;
  cancel_requested := head.cancel_requested or 'run.cancel_requested' = any(p_types);
  update runtime.run_heads h
     set seq = append_events.seq,
         chain_head = link,
         cancel_requested = append_events.cancel_requested,
         closed_seq = case when p_types[n] = 'run.finished' then append_events.seq end
   where h.run_id = p_run_id;

  if p_status is not null then
    update runtime.runs r
       set status = case when append_events.cancel_requested then 'canceling' else p_status end,
           updated_at = append_events.occurred_at
     where r.run_id = p_run_id and r.terminal_at is null;
  end if;

  perform pg_notify('run_events', p_run_id || ':' || seq);
  if cancel_requested and not head.cancel_requested then
    perform pg_notify('run_control', p_run_id);
  end if;
end $$;

-- Append the batches of many runs in one transaction, each under its own epoch. The caller sorts
-- p_run_ids (the one lock order); p_counts says how many of the flat arrays belong to each run.
-- A run that is refused is told so in its row; the others commit. A tracestate is not kept here:
-- these are answers, and what causes other work brings its own.
create function runtime.append_many(
  p_run_ids text[], p_epochs bigint[], p_counts int[],
  p_types text[], p_versions int[], p_classes text[], p_payloads text[],
  p_trace_ids text[], p_request_ids text[], p_span_ids text[], p_trace_flags smallint[])
returns table (
  run_id text, outcome text, seq bigint, cancel_requested boolean, occurred_at timestamptz)
language plpgsql as $$
declare
  first int := 1;
  last  int;
begin
  for r in 1..cardinality(p_run_ids) loop
    last := first + p_counts[r] - 1;
    run_id := p_run_ids[r];
    select a.outcome, a.seq, a.cancel_requested, a.occurred_at
      into outcome, seq, cancel_requested, occurred_at
      from runtime.append_events(
        p_run_ids[r], null, p_epochs[r], p_types[first:last], p_versions[first:last],
        p_classes[first:last], p_payloads[first:last], null,
        p_trace_ids[r], p_request_ids[r], p_span_ids[r], p_trace_flags[r], null) a;
    return next;
    first := last + 1;
  end loop;
end $$;
