-- name: tasks_of_run :all
select tool_call_id, tool_name, state, attempt, late, error_class, error,
       case when late then output end as late_output, created_at, updated_at
  from runtime.tool_tasks
 where run_id = %(run_id)s
 order by created_at, tool_call_id;
