-- What a provider takes of us in a minute: a budget is one row per provider and credential, with a
-- bucket of requests and one of tokens. A bucket holds a minute's worth and fills evenly.

create type runtime.rate_limits as (
  requests_per_min float8,  -- null: as many as one likes
  tokens_per_min   float8
);

create table runtime.provider_rate_budgets (
  key               text primary key check (length(key) <= 300),
  requests_capacity float8,
  requests_per_s    float8,
  requests_level    float8,       -- of that moment; may be below 0 after a call that was larger
  tokens_capacity   float8,
  tokens_per_s      float8,
  tokens_level      float8,
  throttled_until   timestamptz,  -- the provider has asked to be left alone
  updated_at        timestamptz not null,
  constraint provider_rate_budgets_requests check (
    num_nulls(requests_capacity, requests_per_s, requests_level) in (0, 3)),
  constraint provider_rate_budgets_tokens check (
    num_nulls(tokens_capacity, tokens_per_s, tokens_level) in (0, 3))
) with (fillfactor = 50);

-- Whose calls have found a budget spent, and until when they are believed to wait. As long as others
-- wait, an owner is served again only after them. No row while there is enough for all.
create table runtime.provider_rate_turns (
  key         text not null check (length(key) <= 300),
  owner       text not null,
  waits_until timestamptz not null,
  served_at   timestamptz not null default '-infinity',
  primary key (key, owner)
) with (fillfactor = 50);

-- What a bucket holds at a moment; null where it has no bound. A new one is full.
create function runtime.rate_level(
  p_level float8, p_since timestamptz, p_at timestamptz, p_per_min float8, p_back float8)
  returns float8 language sql immutable parallel safe
  return case when p_per_min is not null then
    least(p_per_min, coalesce(p_level, p_per_min) + p_back
      + greatest(0, extract(epoch from p_at - p_since)::float8) * p_per_min / 60) end;

-- Take from both buckets, or from none; whether there was enough. What is given back counts first, and
-- by itself (no request) it always does. A call that wants more tokens than the bucket can hold is let
-- go when that is full.
create function runtime.spend_rate_budget(
  p_key text, p runtime.rate_limits, p_requests float8, p_tokens float8, p_back_requests float8,
  p_back_tokens float8, p_at timestamptz)
returns boolean language plpgsql as $$
begin
  update runtime.provider_rate_budgets b
     set requests_capacity = p.requests_per_min,
         requests_per_s = p.requests_per_min / 60,
         requests_level = runtime.rate_level(
           b.requests_level, b.updated_at, p_at, p.requests_per_min, p_back_requests) - p_requests,
         tokens_capacity = p.tokens_per_min,
         tokens_per_s = p.tokens_per_min / 60,
         tokens_level = runtime.rate_level(
           b.tokens_level, b.updated_at, p_at, p.tokens_per_min, p_back_tokens) - p_tokens,
         updated_at = greatest(b.updated_at, p_at)
   where b.key = p_key
     and (p_requests = 0
          or coalesce(b.throttled_until <= p_at, true)
             and coalesce(runtime.rate_level(
                   b.requests_level, b.updated_at, p_at, p.requests_per_min, p_back_requests)
                   >= least(p_requests, p.requests_per_min), true)
             and coalesce(runtime.rate_level(
                   b.tokens_level, b.updated_at, p_at, p.tokens_per_min, p_back_tokens)
                   >= least(p_tokens, p.tokens_per_min), true));
  return found;
end $$;

-- Take the budget of one call of a run: `wait_s` is null when it was there, else when to ask again.
-- What a busy process wants in advance it gets (`ahead`) while nobody waits. Who has to wait for no
-- longer than its patience gets in line.
create function runtime.take_rate_budget(
  p_key text, p_run_id text, p runtime.rate_limits, p_tokens float8, p_more_requests float8,
  p_more_tokens float8, p_back_requests float8, p_back_tokens float8, p_patience_s float8,
  out wait_s float8, out ahead boolean)
language plpgsql as $$
declare
  at     timestamptz := clock_timestamp();
  others boolean := exists (
    select from runtime.provider_rate_turns w where w.key = p_key and w.waits_until > at);
  who    text;
  served timestamptz := '-infinity';
  first  boolean := true;
  b      runtime.provider_rate_budgets;
begin
  ahead := false;
  if others then
    select r.owner into who from runtime.runs r where r.run_id = p_run_id;
    who := coalesce(who, '');
    select w.served_at into served
      from runtime.provider_rate_turns w where w.key = p_key and w.owner = who;
    served := coalesce(served, '-infinity');
    others := exists (
      select from runtime.provider_rate_turns w
       where w.key = p_key and w.owner <> who and w.waits_until > at);
    first := not exists (
      select from runtime.provider_rate_turns w
       where w.key = p_key and w.owner <> who and w.waits_until > at and w.served_at < served);
  end if;
  if first then
    insert into runtime.provider_rate_budgets (key, updated_at)
    select p_key, at
     where not exists (select from runtime.provider_rate_budgets k where k.key = p_key)
    on conflict do nothing;
    ahead := not others and p_more_requests + p_more_tokens > 0
      and runtime.spend_rate_budget(p_key, p, 1 + p_more_requests, p_tokens + p_more_tokens,
                                    p_back_requests, p_back_tokens, at);
    if ahead or runtime.spend_rate_budget(
         p_key, p, 1, p_tokens, p_back_requests, p_back_tokens, at) then
      if others then
        insert into runtime.provider_rate_turns as w (key, owner, waits_until, served_at)
        values (p_key, who, at, at)
        on conflict (key, owner) do update
           set waits_until = excluded.waits_until, served_at = excluded.served_at;
      end if;
      return;
    end if;
  end if;
  select * into b from runtime.provider_rate_budgets k where k.key = p_key;
  wait_s := greatest(
    0.05,
    (1 - runtime.rate_level(
       b.requests_level, b.updated_at, at, p.requests_per_min, p_back_requests))
      * 60 / p.requests_per_min,
    (least(p_tokens, p.tokens_per_min) - runtime.rate_level(
       b.tokens_level, b.updated_at, at, p.tokens_per_min, p_back_tokens)) * 60 / p.tokens_per_min,
    extract(epoch from b.throttled_until - at)::float8);
  if wait_s > p_patience_s then
    return;
  end if;
  if who is null then
    select r.owner into who from runtime.runs r where r.run_id = p_run_id;
  end if;
  delete from runtime.provider_rate_turns w
   where (w.key, w.owner) in (
     select o.key, o.owner from runtime.provider_rate_turns o
      where o.key = p_key and o.waits_until < at - interval '60 s' for update skip locked);
  insert into runtime.provider_rate_turns as w (key, owner, waits_until)
  values (p_key, coalesce(who, ''), at + make_interval(secs => least(wait_s, 1) + 1))
  on conflict (key, owner) do update set waits_until = excluded.waits_until;
end $$;
