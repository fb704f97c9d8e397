-- At most one executor per run. The row is who may execute; the head's epoch is what fences.
-- A row without an owner is a pause after a loss: nobody may take the run before expires_at.

create table runtime.run_leases (
  run_id       text primary key references runtime.runs on delete restrict,
  owner        text,
  epoch        bigint not null,
  expires_at   timestamptz not null,
  heartbeat_at timestamptz not null default now(),
  code_version text not null
) with (fillfactor = 50);

create index run_leases_expiry on runtime.run_leases (expires_at);

-- outcome: granted | held | expired (its holder died: declare the loss first) | closed | missing.
create function runtime.acquire_lease(
  p_run_id text, p_owner text, p_ttl_s double precision, p_code_version text,
  out outcome text, out epoch bigint, out seq bigint)
language plpgsql as $$
declare
  head  runtime.run_heads;
  lease runtime.run_leases;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  select * into lease from runtime.run_leases l where l.run_id = p_run_id for update;
  outcome := case
    when head.run_id is null then 'missing'
    when head.closed_seq is not null then 'closed'
    when lease.expires_at > clock_timestamp() then 'held'
    when lease.owner is not null then 'expired'
    else 'granted' end;
  seq := head.seq;
  if outcome <> 'granted' then
    return;
  end if;
  epoch := head.epoch + 1;
  update runtime.run_heads h set epoch = acquire_lease.epoch where h.run_id = p_run_id;
  insert into runtime.run_leases as l (run_id, owner, epoch, expires_at, code_version)
  values (p_run_id, p_owner, acquire_lease.epoch,
          clock_timestamp() + make_interval(secs => p_ttl_s), p_code_version)
  on conflict (run_id) do update
     set owner = excluded.owner, epoch = excluded.epoch, expires_at = excluded.expires_at,
         heartbeat_at = now(), code_version = excluded.code_version;
end $$;

-- Let go only if the head has not moved past what the holder folded; else there is work to do.
-- outcome: parked | moved | superseded.
create function runtime.park_lease(
  p_run_id text, p_epoch bigint, p_seen_seq bigint, out outcome text)
language plpgsql as $$
declare
  head runtime.run_heads;
begin
  select * into head from runtime.run_heads h where h.run_id = p_run_id for update;
  outcome := case
    when head.epoch is distinct from p_epoch then 'superseded'
    when head.seq <> p_seen_seq then 'moved'
    else 'parked' end;
  if outcome = 'parked' then
    update runtime.run_heads h set parked_seq = p_seen_seq where h.run_id = p_run_id;
    delete from runtime.run_leases l where l.run_id = p_run_id and l.epoch = p_epoch;
  end if;
end $$;
