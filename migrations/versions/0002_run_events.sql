-- The log: one hot head row per run, events hash-partitioned by run, and the one door for writes.

create table runtime.run_heads (
  run_id           text primary key references runtime.runs on delete restrict,
  seq              bigint not null default 0,
  chain_head       bytea not null default decode(repeat('00', 32), 'hex'),
  epoch            bigint not null default 0,
  parked_seq       bigint not null default 0,   -- what the last executor had folded when it let go
  cancel_requested boolean not null default false,
  closed_seq       bigint,                      -- seq of run.finished
  floor_seq        bigint not null default 0,   -- gap-free reading starts behind it
  floor_hash       bytea,
  woken_at         timestamptz                  -- when a sweep last asked for a step
) with (fillfactor = 50);

create table runtime.run_events (
  run_id        text not null,
  seq           bigint not null,
  event_type    text not null,
  event_version integer not null,
  event_class   text not null,
  payload       text,                           -- canonical JSON, exactly as hashed
  payload_hash  bytea not null,
  prev_hash     bytea not null,
  event_hash    bytea not null,
  occurred_at   timestamptz not null,
  epoch         bigint not null,
  trace_id      text,
  request_id    text,
  primary key (run_id, seq)
) partition by hash (run_id);

do $$
begin
  for n in 0..15 loop
    execute format(
      'create table runtime.run_events_p%s partition of runtime.run_events
         for values with (modulus 16, remainder %s)', to_char(n, 'FM00'), n);
  end loop;
end $$;

-- A run ends once.
create unique index run_events_one_end on runtime.run_events (run_id)
  where event_type = 'run.finished';

create function runtime.hash_field(value bytea) returns bytea
  language sql immutable parallel safe
  return int4send(octet_length(value)) || value;

-- Append a batch to one run. Locks the head, so batches of one run are serial and seq has no gaps.
-- outcome: ok | missing | closed | superseded (stale epoch) | raced (head is not p_expected_seq).
-- p_status is the run's status after the batch, null where it stays: the row follows the fold, and
-- a run that is being cancelled moves nowhere but to its end, whatever the writer did not know yet.
-- The preimage of event_hash is described in runtime_app/events/hashchain.py.
create function runtime.append_events(
  p_run_id text, p_expected_seq bigint, p_epoch bigint,
  p_types text[], p_versions int[], p_classes text[], p_payloads text[],
  p_status text, p_trace_id text, p_request_id text,
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
    event_hash, occurred_at, epoch, trace_id, request_id)
  select p_run_id, head.seq + i, p_types[i], p_versions[i], p_classes[i], p_payloads[i],
         digests[i], case i when 1 then head.chain_head else links[i - 1] end, links[i],
         append_events.occurred_at, head.epoch, p_trace_id, p_request_id
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
-- A run that is refused is told so in its row; the others commit.
create function runtime.append_many(
  p_run_ids text[], p_epochs bigint[], p_counts int[],
  p_types text[], p_versions int[], p_classes text[], p_payloads text[])
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
        p_classes[first:last], p_payloads[first:last], null, null, null) a;
    return next;
    first := last + 1;
  end loop;
end $$;

-- A run as the API shows it. Head first: a locking read takes its locks in this order.
create view runtime.run_view as
select h.run_id, h.seq, h.floor_seq, encode(h.chain_head, 'hex') as chain_head,
       h.cancel_requested, h.closed_seq,
       r.thread_id, r.owner_user_id, r.owner_guest_scope, r.mode, r.status, r.model, r.caps,
       r.content_hash, r.created_at, r.updated_at, r.terminal_reason_class, r.terminal_reason,
       r.terminal_at
  from runtime.run_heads h
  join runtime.runs r using (run_id);
