-- name: lock :none
select pg_advisory_lock(:key);

-- name: unlock :none
select pg_advisory_unlock(:key);

-- name: get_revision :one
select version_num from public.schema_version;
