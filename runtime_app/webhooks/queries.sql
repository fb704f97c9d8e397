-- name: claim_due :all
-- Of each endpoint that nothing is being sent to, the delivery that has been due for longest. A
-- claim that is past its end is of somebody who died.
update runtime.webhook_deliveries d
   set claimed_until = statement_timestamp() + make_interval(secs => %(claim_s)s),
       attempts = d.attempts + 1
  from (select due.delivery_id
          from unnest(%(endpoints)s::text[]) as e (name),
               lateral (
                 select w.delivery_id
                   from runtime.webhook_deliveries w
                  where w.endpoint = e.name and w.state = 'pending'
                    and w.due_at <= statement_timestamp()
                    and coalesce(w.claimed_until < statement_timestamp(), true)
                  order by w.due_at, w.seq
                  limit 1
                    for update skip locked) as due
         where not exists (
           select from runtime.webhook_deliveries b
            where b.endpoint = e.name and b.state = 'pending'
              and b.claimed_until >= statement_timestamp())) as picked
 where d.delivery_id = picked.delivery_id
returning d.*;

-- name: end_attempt :none
-- Nothing where another attempt has been made meanwhile, for this one was taken for dead.
with mine as (
  update runtime.webhook_deliveries
     set state = %(state)s, claimed_until = null,
         failures = failures + case when %(state)s = 'delivered' then 0 else 1 end,
         due_at = statement_timestamp() + make_interval(secs => %(delay_s)s),
         ended_at = case when %(state)s <> 'pending' then statement_timestamp() end
   where delivery_id = %(delivery_id)s and attempts = %(attempt)s and state = 'pending'
  returning delivery_id
)
insert into runtime.webhook_attempts (delivery_id, attempt, took_ms, http_status, error)
select delivery_id, %(attempt)s, %(took_ms)s, %(http_status)s, %(error)s from mine
on conflict do nothing;

-- name: list_deliveries :all
-- Newest first.
select *
  from runtime.webhook_deliveries
 where (%(endpoint)s::text is null or endpoint = %(endpoint)s)
   and (%(state)s::text is null or state = %(state)s)
   and (%(run_id)s::text is null or run_id = %(run_id)s)
 order by created_at desc, delivery_id
 limit %(limit)s;

-- name: get_delivery :one
select * from runtime.webhook_deliveries where delivery_id = %(delivery_id)s;

-- name: attempts_of :all
select attempt, at, took_ms, http_status, error
  from runtime.webhook_attempts
 where delivery_id = %(delivery_id)s
 order by attempt;

-- name: send_again :one
update runtime.webhook_deliveries
   set state = 'pending', failures = 0, due_at = statement_timestamp(), ended_at = null
 where delivery_id = %(delivery_id)s and coalesce(claimed_until < statement_timestamp(), true)
returning delivery_id;

-- name: prune_deliveries :none
-- Their attempts go with them. One that nobody has sent by then, for its endpoint is gone from the
-- settings, goes too.
delete from runtime.webhook_deliveries
 where delivery_id in (
   select delivery_id
     from runtime.webhook_deliveries
    where created_at < statement_timestamp() - make_interval(secs => %(age_s)s)
      and coalesce(claimed_until < statement_timestamp(), true)
    order by created_at
    limit %(limit)s);
