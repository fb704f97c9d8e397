-- What goes with two statements that every run makes, so that neither needs a second one.

-- What the fold needs of the events after p_after, up to p_until: no delta or progress but the last
-- event, whatever it is. As a function it sees what has been committed by the time that it is called,
-- not by the time that the statement around it began.
create function runtime.read_for_fold(p_run_id text, p_after bigint, p_until bigint)
returns table (
  seq bigint, event_type text, event_version int, payload text, occurred_at timestamptz,
  trace_id text, request_id text, span_id text, trace_flags smallint, tracestate text)
language plpgsql strict as $$
begin
  return query
  select e.seq, e.event_type, e.event_version, e.payload, e.occurred_at,
         e.trace_id, e.request_id, e.span_id, e.trace_flags, e.tracestate
    from runtime.run_events e
   where e.run_id = p_run_id and e.seq > p_after and e.seq <= p_until
     and (e.event_class not in ('delta', 'progress')
          or e.seq = (select h.seq from runtime.run_heads h where h.run_id = p_run_id))
   order by e.seq;
end $$;

-- What must be true together with a run's end, once its run.finished is in the log: its row says so,
-- its slots go to the next in line (who are to be woken), its open tasks are cancelled (the names of
-- their tools), its lease and its checkpoints go. `took_s` is null where the row had ended before.
create function runtime.end_run(
  p_run_id text, p_epoch bigint, p_finished jsonb, p_at timestamptz, p_limits int[],
  out took_s float8, out woken text[], out cancelled text[])
language plpgsql as $$
begin
  if p_run_id is null then
    return;
  end if;
  update runtime.runs r
     set status = p_finished ->> 'status', updated_at = now(), terminal_at = p_at,
         terminal_reason_class = p_finished ->> 'reason_class',
         terminal_reason = p_finished ->> 'reason'
   where r.run_id = p_run_id and r.terminal_at is null
  returning extract(epoch from r.terminal_at - r.created_at)::float8 into took_s;
  woken := array(select runtime.release_slots(p_run_id, p_limits));
  with gone as (
    update runtime.tool_tasks t
       set state = 'canceled', error_class = 'canceled', updated_at = now(),
           deadline = coalesce(t.deadline, now()), ended_at = now()
     where t.run_id = p_run_id and t.state in ('queued', 'running', 'streaming')
    returning t.tool_name
  )
  select coalesce(array_agg(gone.tool_name), '{}') into cancelled from gone;
  delete from runtime.run_leases l
   where l.run_id = p_run_id and l.epoch = p_epoch and l.owner is not null;
  delete from runtime.run_checkpoints c where c.run_id = p_run_id;
end $$;
