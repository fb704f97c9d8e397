-- name: take_rate_budget :one
select * from runtime.take_rate_budget(
  %(key)s, %(run_id)s, %(limits)s::runtime.rate_limits, %(tokens)s, %(more_requests)s,
  %(more_tokens)s, %(back_requests)s, %(back_tokens)s, %(patience_s)s);

-- name: give_back_budget :none
select runtime.spend_rate_budget(
  %(key)s, %(limits)s::runtime.rate_limits, 0, 0, %(requests)s, %(tokens)s, clock_timestamp());

-- name: throttle_budget :none
update runtime.provider_rate_budgets
   set throttled_until = greatest(
         throttled_until, clock_timestamp() + make_interval(secs => %(wait_s)s))
 where key = %(key)s;

-- name: list_budgets :all
select b.key, b.requests_capacity, b.tokens_capacity,
       runtime.rate_level(
         b.requests_level, b.updated_at, clock_timestamp(), b.requests_capacity, 0) as requests,
       runtime.rate_level(
         b.tokens_level, b.updated_at, clock_timestamp(), b.tokens_capacity, 0) as tokens,
       case when b.throttled_until > clock_timestamp() then b.throttled_until end
         as throttled_until,
       (select count(*) from runtime.provider_rate_turns w
         where w.key = b.key and w.waits_until > clock_timestamp()) as owners_waiting,
       b.updated_at
  from runtime.provider_rate_budgets b
 order by b.key collate "C"
 limit %(limit)s;
