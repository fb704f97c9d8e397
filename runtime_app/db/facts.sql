-- Nothing is qualified: what the server says of itself is what its functions say.

-- name: get_facts :one
select current_setting('server_version_num')::int as version_num,
       current_setting('server_version') as version,
       current_user::text as login,
       clock_timestamp() as now,
       current_setting('statement_timeout') as statement_timeout,
       current_setting('lock_timeout') as lock_timeout,
       current_setting('idle_in_transaction_session_timeout') as idle_timeout;

-- name: get_rights :one
-- No row before the first migration.
select pg_get_userbyid(c.relowner) = current_user as owns,
       has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert') as may_append,
       (select r.rolsuper from pg_roles r where r.rolname = current_user) as superuser
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'runtime' and c.relname = 'run_events';

-- name: get_process :one
select pg_backend_pid() as pid;
