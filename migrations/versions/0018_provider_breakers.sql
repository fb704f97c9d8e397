-- Whether calls of a provider are let out. A breaker is one row; `breaker_next` says what a row
-- becomes, and `move_breaker` is the only statement that makes it so.

create type runtime.breaker_policy as (
  volume          int,     -- the rates count from so many calls in the window
  fault_rate      float8,  -- of the calls in the window, 0..1
  slow_rate       float8,
  faults_in_a_row int,
  open_s          float8,  -- the first open period; each further one is twice as long
  longest_open_s  float8,
  calm_s          float8,  -- closed for so long, the next trip counts as the first
  throttled_s     float8   -- throttled for so long without a success, that is a fault
);

create type runtime.breaker_input as (
  kind       text,         -- admit | outcomes | probe | trip | reset | force
  at         timestamptz,  -- when; here nobody reads a clock
  generation bigint,       -- outcomes, probe: that of the admission
  permit     timestamptz,  -- admit, probe: until when the probe has its slot
  result     text,         -- probe: ok | slow | fault | none
  ok         int,          -- outcomes: how many
  fault      int,
  slow       int,          -- of both
  fault_run  int,          -- faults after the last ok
  throttle_s float8,       -- outcomes, probe: the provider asks to be left alone for so long
  forced     text,         -- force: open | closed
  hold_s     float8,       -- force: for how long
  jitter     float8        -- times the open period
);

-- Ten buckets of 6 s: bucket n of the clock stands at n % 10 + 1, and one of another n is empty.
create table runtime.provider_breakers (
  key                text primary key check (length(key) <= 300),
  state              text not null default 'closed' check (state in ('closed', 'open', 'half_open')),
  generation         bigint not null default 1,  -- one more with every change
  rule               text,                       -- what made the last one
  bucket_no          bigint[] not null default array_fill(0::bigint, array[10]),
  oks                int[] not null default array_fill(0, array[10]),
  faults             int[] not null default array_fill(0, array[10]),
  slows              int[] not null default array_fill(0, array[10]),
  consecutive_faults int not null default 0,
  trips              int not null default 0,
  opened_at          timestamptz,
  open_until         timestamptz,
  closed_at          timestamptz not null default clock_timestamp(),
  probe_slots        timestamptz[] not null default array_fill(null::timestamptz, array[3]),
  probe_successes    int not null default 0,
  throttled_since    timestamptz,
  throttled_until    timestamptz,
  forced             text check (forced in ('open', 'closed')),
  forced_until       timestamptz,
  updated_at         timestamptz not null default clock_timestamp(),
  constraint provider_breakers_open check (state <> 'open' or open_until is not null),
  constraint provider_breakers_forced check ((forced is null) = (forced_until is null)),
  constraint provider_breakers_probes check (
    state = 'half_open' or array_remove(probe_slots, null) = '{}')
) with (fillfactor = 50);

-- Every change, whoever made it. Only added to.
create table runtime.provider_breaker_history (
  key        text not null,
  generation bigint not null,
  at         timestamptz not null,
  from_state text not null,
  to_state   text not null,
  rule       text not null,
  ok         int not null,  -- the window's figures
  fault      int not null,
  slow       int not null,
  trips      int not null,
  open_until timestamptz,
  forced     text,
  primary key (key, generation, at),
  constraint provider_breaker_history_edges check (from_state || ' > ' || to_state in (
    'closed > open', 'open > half_open', 'half_open > open', 'half_open > closed',
    'open > closed',                                                -- reset
    'closed > closed', 'open > open', 'half_open > half_open'))     -- reset, trip, force
);

create function runtime.breaker_window(
  b runtime.provider_breakers, p_at timestamptz, out ok int, out fault int, out slow int)
language sql immutable parallel safe
  return (
    select row(coalesce(sum(w.ok), 0)::int, coalesce(sum(w.fault), 0)::int,
               coalesce(sum(w.slow), 0)::int)
      from unnest(b.bucket_no, b.oks, b.faults, b.slows) w (no, ok, fault, slow)
     where w.no > floor(extract(epoch from p_at) / 6)::bigint - 10);

create function runtime.breaker_is_forced(
  b runtime.provider_breakers, p_forced text, p_at timestamptz)
  returns boolean language sql immutable parallel safe
  return coalesce(b.forced = p_forced and b.forced_until > p_at, false);

-- Another state, by that rule: a new generation, to which no call has been admitted yet.
create function runtime.breaker_enter(
  b runtime.provider_breakers, p_state text, p_rule text, i runtime.breaker_input,
  p runtime.breaker_policy)
returns runtime.provider_breakers language plpgsql immutable as $$
begin
  if p_state = 'open' then
    b.trips := case when b.state = 'closed' and b.closed_at <= i.at - make_interval(secs => p.calm_s)
                    then 1 else b.trips + 1 end;
    b.opened_at := i.at;
    b.open_until := i.at + make_interval(
      secs => i.jitter * least(p.longest_open_s, p.open_s * 2 ^ least(b.trips - 1, 30)));
  elsif p_state = 'closed' then
    b.closed_at := i.at;
    b.opened_at := null;
    b.open_until := null;
    b.bucket_no := array_fill(0::bigint, array[10]);
    b.consecutive_faults := 0;
  end if;
  b.state := p_state;
  b.rule := p_rule;
  b.generation := b.generation + 1;
  b.probe_slots := array_fill(null::timestamptz, array[3]);
  b.probe_successes := 0;
  return b;
end $$;

create function runtime.breaker_throttled(b runtime.provider_breakers, i runtime.breaker_input)
returns runtime.provider_breakers language plpgsql immutable as $$
begin
  if i.throttle_s is null then
    b.throttled_since := case when i.ok > 0 or i.result = 'ok' then null else b.throttled_since end;
    return b;
  end if;
  b.throttled_since := case
    when b.throttled_until > i.at - interval '60 s' and coalesce(i.ok, 0) = 0
    then coalesce(b.throttled_since, i.at) else i.at end;
  b.throttled_until := greatest(b.throttled_until, i.at + make_interval(secs => i.throttle_s));
  return b;
end $$;

-- The row with what was counted since the last time, in the bucket of that moment.
create function runtime.breaker_counted(
  b runtime.provider_breakers, i runtime.breaker_input, p runtime.breaker_policy)
returns runtime.provider_breakers language plpgsql immutable as $$
declare
  no bigint := floor(extract(epoch from i.at) / 6);
  n  int := no % 10 + 1;
begin
  b := runtime.breaker_throttled(b, i);
  if i.throttle_s is not null and b.throttled_since < i.at - make_interval(secs => p.throttled_s) then
    i.fault := i.fault + 1;
    i.fault_run := i.fault_run + 1;
  end if;
  if b.bucket_no[n] <> no then
    b.bucket_no[n] := no;
    b.oks[n] := 0;
    b.faults[n] := 0;
    b.slows[n] := 0;
  end if;
  b.oks[n] := b.oks[n] + i.ok;
  b.faults[n] := b.faults[n] + i.fault;
  b.slows[n] := b.slows[n] + i.slow;
  b.consecutive_faults := i.fault_run + case when i.ok > 0 then 0 else b.consecutive_faults end;
  return b;
end $$;

-- The rule by which a closed breaker has to open, if there is one.
create function runtime.breaker_rule(
  b runtime.provider_breakers, i runtime.breaker_input, p runtime.breaker_policy,
  p_faults_before int)
returns text language plpgsql immutable as $$
declare
  figures record;
  calls   int;
begin
  select * into figures from runtime.breaker_window(b, i.at);
  calls := figures.ok + figures.fault;
  return case
    when b.consecutive_faults >= p.faults_in_a_row and b.consecutive_faults <> p_faults_before
      then 'faults_in_a_row'
    when calls >= p.volume and figures.fault >= p.fault_rate * calls then 'fault_rate'
    when calls >= p.volume and figures.slow >= p.slow_rate * calls then 'slow_rate'
  end;
end $$;

-- Whether the input means anything to the row: an outcome of another generation does not, nor does
-- a probe's whose time is over.
create function runtime.breaker_takes(b runtime.provider_breakers, i runtime.breaker_input)
  returns boolean language sql immutable parallel safe
  return case i.kind
    when 'admit' then
      coalesce(b.forced_until <= i.at, true)
      and (b.state = 'open' and b.open_until <= i.at
           or b.state = 'half_open'
              and exists (select from unnest(b.probe_slots) s (until)
                           where coalesce(s.until <= i.at, true)))
    when 'outcomes' then b.state = 'closed' and b.generation = i.generation
    when 'probe' then
      b.state = 'half_open' and b.generation = i.generation
      and i.permit > i.at and i.permit = any(b.probe_slots)
    else true end;

-- What the row becomes.
create function runtime.breaker_next(
  b runtime.provider_breakers, i runtime.breaker_input, p runtime.breaker_policy)
returns runtime.provider_breakers language plpgsql immutable as $$
declare
  faults int := b.consecutive_faults;
  due    text;
  n      int;
begin
  b.updated_at := i.at;
  case i.kind
  when 'admit' then
    if b.state = 'open' then
      b := runtime.breaker_enter(b, 'half_open', 'open_period_over', i, p);
    end if;
    select min(s.n) into n from unnest(b.probe_slots) with ordinality s (until, n)
     where coalesce(s.until <= i.at, true);
    b.probe_slots[n] := i.permit;
  when 'outcomes' then
    b := runtime.breaker_counted(b, i, p);
    due := runtime.breaker_rule(b, i, p, faults);
    if due is not null and not runtime.breaker_is_forced(b, 'closed', i.at) then
      b := runtime.breaker_enter(b, 'open', due, i, p);
    end if;
  when 'probe' then
    b := runtime.breaker_throttled(b, i);
    b.probe_slots[array_position(b.probe_slots, i.permit)] := null;
    case i.result
    when 'ok' then
      b.probe_successes := b.probe_successes + 1;
      if b.probe_successes >= cardinality(b.probe_slots) then
        b := runtime.breaker_enter(b, 'closed', 'probes_succeeded', i, p);
      end if;
    when 'slow' then b := runtime.breaker_enter(b, 'open', 'probe_was_slow', i, p);
    when 'fault' then b := runtime.breaker_enter(b, 'open', 'probe_failed', i, p);
    when 'none' then null;
    end case;
  when 'trip' then b := runtime.breaker_enter(b, 'open', 'tripped', i, p);
  when 'reset' then
    b := runtime.breaker_enter(b, 'closed', 'reset', i, p);
    b.trips := 0;
    b.forced := null;
    b.forced_until := null;
  when 'force' then
    b.forced := i.forced;
    b.forced_until := i.at + make_interval(secs => i.hold_s);
    b.generation := b.generation + 1;
    b.rule := 'forced';
    b.probe_slots := array_fill(null::timestamptz, array[3]);
  end case;
  return b;
end $$;

-- Give a breaker its input; the row as it is then, or none where the input means nothing to it.
-- One statement: while it waits for another's, it is asked again of what that one has left.
create function runtime.move_breaker(
  p_key text, i runtime.breaker_input, p runtime.breaker_policy)
returns setof runtime.provider_breakers language plpgsql as $$
begin
  return query
  update runtime.provider_breakers b
     set (state, generation, rule, bucket_no, oks, faults, slows, consecutive_faults, trips,
          opened_at, open_until, closed_at, probe_slots, probe_successes, throttled_since,
          throttled_until, forced, forced_until, updated_at) =
         (select n.state, n.generation, n.rule, n.bucket_no, n.oks, n.faults, n.slows,
                 n.consecutive_faults, n.trips, n.opened_at, n.open_until, n.closed_at,
                 n.probe_slots, n.probe_successes, n.throttled_since, n.throttled_until, n.forced,
                 n.forced_until, n.updated_at
            from runtime.breaker_next(b, i, p) n)
   where b.key = p_key and runtime.breaker_takes(b, i)
  returning b.*;
end $$;

-- Whether a call may go out: verdict `closed` (as any call), `probe` (with a permit until then),
-- `throttled` (its provider has asked to be left alone) or `open`; of both, when to ask again. A closed breaker is only read, and so is one without a permit.
create function runtime.admit_call(
  p_key text, p_ttl_s float8, p runtime.breaker_policy, p_now timestamptz,
  out verdict text, out state text, out generation bigint, out permit timestamptz,
  out wait_s float8, out moved boolean)
language plpgsql as $$
declare
  at timestamptz := coalesce(p_now, clock_timestamp());
  b  runtime.provider_breakers;
  m  runtime.provider_breakers;
  i  runtime.breaker_input;
begin
  select * into b from runtime.provider_breakers r where r.key = p_key;
  if not found then
    insert into runtime.provider_breakers (key, closed_at, updated_at) values (p_key, at, at)
    on conflict do nothing;
    select * into b from runtime.provider_breakers r where r.key = p_key;
  end if;
  moved := false;
  if not runtime.breaker_is_forced(b, 'closed', at)
     and (b.state <> 'closed' or runtime.breaker_is_forced(b, 'open', at)) then
    i.kind := 'admit';
    i.at := at;
    i.permit := at + make_interval(secs => p_ttl_s);
    if runtime.breaker_takes(b, i) then
      select * into m from runtime.move_breaker(p_key, i, p);
    end if;
    if m.key is not null then
      verdict := 'probe';
      permit := i.permit;
      moved := m.probe_successes = 0 and cardinality(array_remove(m.probe_slots, null)) = 1
               and m.generation > b.generation;
      b := m;
    else
      select * into b from runtime.provider_breakers r where r.key = p_key;
    end if;
  end if;
  state := b.state;
  generation := b.generation;
  if verdict is null then
    verdict := case
      when runtime.breaker_is_forced(b, 'closed', at) then 'closed'
      when b.state <> 'closed' or runtime.breaker_is_forced(b, 'open', at) then 'open'
      when b.throttled_until > at then 'throttled'
      else 'closed' end;
    wait_s := case
      when verdict = 'throttled' then extract(epoch from b.throttled_until - at)
      when verdict = 'closed' then 0
      when runtime.breaker_is_forced(b, 'open', at) then extract(epoch from b.forced_until - at)
      when b.state = 'open' then extract(epoch from b.open_until - at)
      else 1 end;
  end if;
end $$;

-- Writes down what has changed, and tells whoever has cached the state before.
create function runtime.keep_breaker_change() returns trigger language plpgsql as $$
declare
  figures record;
begin
  select * into figures
    from runtime.breaker_window(case new.state when 'closed' then old else new end, new.updated_at);
  insert into runtime.provider_breaker_history
    (key, generation, at, from_state, to_state, rule, ok, fault, slow, trips, open_until, forced)
  values (new.key, new.generation, new.updated_at, old.state, new.state, new.rule, figures.ok,
          figures.fault, figures.slow, new.trips, new.open_until, new.forced);
  perform pg_notify('provider_control', new.key);
  return null;
end $$;

create trigger provider_breakers_changed
  after update on runtime.provider_breakers
  for each row when (old.generation <> new.generation)
  execute function runtime.keep_breaker_change();

do $$
begin
  if exists (select from pg_roles where rolname = 'oa_app') then
    revoke update, delete on runtime.provider_breaker_history from oa_app;
  end if;
end $$;
