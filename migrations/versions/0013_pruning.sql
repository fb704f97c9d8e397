-- What only readers need loses its payload once its run has ended long enough ago. The rows stay, and
-- with them the hashes, so that the chain can be checked as before.

-- Ended runs in the order of their ends.
create index runs_ended on runtime.runs (terminal_at, run_id) where terminal_at is not null;

-- How far pruning has come: of this class, the runs up to this end have nothing left to prune. A row
-- that is lost costs another look at them.
create table runtime.retention_marks (
  event_class text primary key check (event_class in ('delta', 'progress')),
  ended_at    timestamptz not null,
  run_id      text not null
);

-- Empty the payloads of these events of an ended run; how many had one. Runs as its owner, because
-- nobody else may change an event: what is kept, what is live, and deltas that a reader may still
-- begin before are left as they are, whoever asks.
create function runtime.prune_payloads(p_run_id text, p_class text, p_seqs bigint[])
returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  head   runtime.run_heads;
  pruned int;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  if head.closed_seq is null or p_class not in ('delta', 'progress') then
    return 0;
  end if;
  update runtime.run_events e
     set payload = null
   where e.run_id = p_run_id
     and e.seq = any(p_seqs)
     and e.event_class = p_class
     and e.payload is not null
     and (p_class = 'progress' or e.seq <= head.floor_seq);
  get diagnostics pruned = row_count;
  return pruned;
end $$;
revoke execute on function runtime.prune_payloads from public;
do $$
begin
  if exists (select from pg_roles where rolname = 'oa_app') then
    grant execute on function runtime.prune_payloads to oa_app;
  end if;
end $$;
