-- What gave up and waits for somebody to decide, by its moment; and whether somebody has decided.
create index runs_given_up on runtime.runs (terminal_at)
  where terminal_reason_class = 'executor_recovery_exhausted';
create index tool_tasks_unknown on runtime.tool_tasks (updated_at)
  where error_class in ('lost', 'timeout') and not late;
create index operator_audit_target on runtime.operator_audit (target)
  where target is not null;

-- The lock of the revision before was too strong to look at all rows under it.
alter table runtime.threads validate constraint threads_on_busy;
