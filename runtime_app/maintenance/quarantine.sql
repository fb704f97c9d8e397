-- name: waiting_items :all
with items as (
  select 'run' as kind, run_id as item_id, run_id, terminal_at as since,
         coalesce(terminal_reason, '') as why
    from runtime.runs
   where terminal_at > now() - make_interval(days => %(days)s)
     and terminal_reason_class = 'executor_recovery_exhausted'
   union all
  select 'tool', tool_call_id, run_id, updated_at, coalesce(error, '')
    from runtime.tool_tasks
   where updated_at > now() - make_interval(days => %(days)s)
     and error_class in ('lost', 'timeout') and not late
)
select i.kind, i.item_id, i.run_id, i.since, i.why, null::text as decided
  from items i
 where not exists (
   select from runtime.operator_audit a
    where a.target = i.item_id and a.act = any(%(acts)s::text[]))
 order by i.since desc
 limit %(limit)s;

-- name: get_item :one
with items as (
  select 'run' as kind, run_id as item_id, run_id, terminal_at as since,
         coalesce(terminal_reason, '') as why
    from runtime.runs
   where run_id = %(item_id)s and terminal_reason_class = 'executor_recovery_exhausted'
   union all
  select 'tool', tool_call_id, run_id, updated_at, coalesce(error, '')
    from runtime.tool_tasks
   where tool_call_id = %(item_id)s and error_class in ('lost', 'timeout') and not late
)
select i.kind, i.item_id, i.run_id, i.since, i.why,
       (select a.act from runtime.operator_audit a
         where a.target = i.item_id and a.act = any(%(acts)s::text[])
         order by a.seq desc limit 1) as decided
  from items i;
