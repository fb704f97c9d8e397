-- name: admit_call :one
select *
  from runtime.admit_call(
    %(key)s, %(ttl_s)s, %(policy)s::runtime.breaker_policy, %(now)s::timestamptz);

-- name: count_outcomes :one
select b.*, w.*, cardinality(array_remove(b.probe_slots, null)) as probes
  from runtime.move_breaker(
         %(key)s,
         row('outcomes', coalesce(%(now)s::timestamptz, clock_timestamp()), %(generation)s::bigint,
             null, null, %(ok)s::int, %(fault)s::int, %(slow)s::int, %(fault_run)s::int,
             %(throttle_s)s::float8, null, null, %(jitter)s::float8)::runtime.breaker_input,
         %(policy)s::runtime.breaker_policy) b,
       runtime.breaker_window(b, b.updated_at) w;

-- name: settle_probe :one
select b.*, w.*, cardinality(array_remove(b.probe_slots, null)) as probes
  from runtime.move_breaker(
         %(key)s,
         row('probe', coalesce(%(now)s::timestamptz, clock_timestamp()), %(generation)s::bigint,
             %(permit)s::timestamptz, %(result)s::text, null, null, null, null,
             %(throttle_s)s::float8, null, null, %(jitter)s::float8)::runtime.breaker_input,
         %(policy)s::runtime.breaker_policy) b,
       runtime.breaker_window(b, b.updated_at) w;

-- name: peek_breaker :one
select state, generation,
       case when forced_until > clock_timestamp() then forced = 'closed'
            else state <> 'open' or open_until <= clock_timestamp() end as lets_out
  from runtime.provider_breakers
 where key = %(key)s;

-- name: know_breaker :none
insert into runtime.provider_breakers (key) values (%(key)s) on conflict do nothing;

-- name: act_on_breaker :one
select b.*, w.*, cardinality(array_remove(b.probe_slots, null)) as probes
  from runtime.move_breaker(
         %(key)s,
         row(%(act)s::text, coalesce(%(now)s::timestamptz, clock_timestamp()), null, null, null,
             null, null, null, null, null, %(forced)s::text, %(hold_s)s::float8,
             %(jitter)s::float8)::runtime.breaker_input,
         %(policy)s::runtime.breaker_policy) b,
       runtime.breaker_window(b, b.updated_at) w;

-- name: list_breakers :all
select b.*, w.*, cardinality(array_remove(b.probe_slots, null)) as probes
  from runtime.provider_breakers b, runtime.breaker_window(b, clock_timestamp()) w
 where b.key = coalesce(%(key)s, b.key)
 order by b.key collate "C"
 limit %(limit)s;

-- name: list_changes :all
select at, generation, from_state, to_state, rule, ok, fault, slow, trips, open_until, forced
  from runtime.provider_breaker_history
 where key = %(key)s
 order by at desc, generation desc
 limit %(limit)s;
