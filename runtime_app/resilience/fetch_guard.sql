-- name: key_of_origin :one
-- The breaker of a host: its own, or the one that all share once there are too many.
select case
         when exists (select from runtime.provider_breakers where key = own.key) then own.key
         when (select count(*) from runtime.provider_breakers where key like 'http|fetch|%%')
              < %(most)s then own.key
         else 'http|fetch'
       end as key
  from (select left('http|fetch|' || %(host)s, 300) as key) as own;

-- name: forget_idle_origins :none
delete from runtime.provider_breakers
 where key like 'http|fetch|%%' and state = 'closed' and forced is null
   and updated_at < clock_timestamp() - make_interval(secs => %(idle_s)s)
   and coalesce(throttled_until < clock_timestamp(), true);
