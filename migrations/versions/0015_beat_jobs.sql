-- What happens by the clock: a row per periodic job. Whoever moves last_tick_s on does the job.
create table runtime.beat_jobs (
  job           text primary key,
  last_tick_s   bigint not null,       -- the last tick that was claimed; seconds since 1970
  begun_at      timestamptz not null,  -- when it was claimed
  running_until timestamptz,           -- while it is at work: when its worker counts as dead
  succeeded_at  timestamptz,           -- when a tick last succeeded
  last_result   text check (last_result in ('succeeded', 'failed'))
) with (fillfactor = 50);

do $$
begin
  if exists (select from pg_roles where rolname = 'oa_app') then
    revoke delete on runtime.beat_jobs from oa_app;
  end if;
end $$;
