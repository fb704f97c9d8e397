-- What operators did: an append-only, hash-chained table with one door. And who may do what here.

create table runtime.operator_audit (
  seq        bigint primary key,
  at         timestamptz not null,
  actor      text not null,
  role       text not null,
  key_id     text,
  act        text not null,
  target     text,
  arguments  text not null,                     -- canonical JSON, exactly as hashed
  reason     text not null check (reason ~ '\S'),
  before     text,                              -- as arguments
  after      text,
  outcome    text not null check (outcome in ('done', 'unchanged')),
  request_id text,
  prev_hash  bytea not null,
  row_hash   bytea not null
);

-- How far it reaches; one row, whose lock puts acts in order.
create table runtime.operator_audit_head (
  only_one   boolean primary key default true check (only_one),
  seq        bigint not null default 0,
  chain_head bytea not null default decode(repeat('00', 32), 'hex')
);

create function runtime.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is append-only', tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger operator_audit_append_only
  before update or delete or truncate on runtime.operator_audit
  for each statement execute function runtime.refuse_change();

-- Record one act in the caller's transaction. Runs as its owner, so that the application can add a
-- row in this way and in no other. The preimage is described in runtime_app/audit/chain.py.
create function runtime.record_act(
  p_actor text, p_role text, p_key_id text, p_act text, p_target text, p_arguments text,
  p_reason text, p_before text, p_after text, p_outcome text, p_request_id text)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  head    runtime.operator_audit_head;
  now_at  timestamptz;
  value   text;
  link    bytea := runtime.hash_field('oa.audit.v1');
begin
  insert into runtime.operator_audit_head default values on conflict do nothing;
  select * into head from runtime.operator_audit_head for update;
  head.seq := head.seq + 1;
  now_at := clock_timestamp();
  foreach value in array array[
    head.seq::text, (extract(epoch from now_at) * 1000000)::bigint::text, p_actor, p_role, p_key_id,
    p_act, p_target, p_arguments, p_reason, p_before, p_after, p_outcome, p_request_id]
  loop
    link := link || coalesce(runtime.hash_field(convert_to(value, 'UTF8')), int4send(-1));
  end loop;
  link := sha256(link || runtime.hash_field(head.chain_head));
  insert into runtime.operator_audit (
    seq, at, actor, role, key_id, act, target, arguments, reason, before, after, outcome,
    request_id, prev_hash, row_hash)
  values (
    head.seq, now_at, p_actor, p_role, p_key_id, p_act, p_target, p_arguments, p_reason, p_before,
    p_after, p_outcome, p_request_id, head.chain_head, link);
  update runtime.operator_audit_head set seq = head.seq, chain_head = link;
  return head.seq;
end $$;
revoke execute on function runtime.record_act from public;

-- Two groups without a login: oa_app for the processes, oa_read for people who look. Roles belong
-- to the whole server, so another database's migration may have made them, or be making them now.
-- Whoever migrates owns everything; where that role may not create others and nobody has created
-- these before, all goes on under one user, as it did.
do $$
declare
  name text;
  part regclass;
begin
  foreach name in array array['oa_app', 'oa_read'] loop
    begin
      if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I nologin', name);
      end if;
    exception
      when duplicate_object or unique_violation then
        null;
      when insufficient_privilege then
        raise warning '% may not create the role %: the schema stays with one user',
          current_user, name;
        return;
    end;
  end loop;

  grant select on public.schema_version to oa_app, oa_read;
  grant usage on schema runtime to oa_app, oa_read;
  grant select on all tables in schema runtime to oa_read;
  grant select, insert, update, delete on all tables in schema runtime to oa_app;
  -- History is added to, never changed or removed.
  revoke update, delete on runtime.run_events from oa_app;
  revoke delete on runtime.threads, runtime.runs, runtime.run_heads, runtime.frames,
    runtime.tool_tasks from oa_app;
  revoke insert, delete on runtime.run_view from oa_app;
  revoke insert, update, delete on runtime.operator_audit, runtime.operator_audit_head from oa_app;
  -- A partition is reached through its table only.
  for part in select inhrelid from pg_inherits where inhparent = 'runtime.run_events'::regclass
  loop
    execute format('revoke all on %s from oa_app, oa_read', part);
  end loop;
  grant execute on function runtime.record_act to oa_app;

  -- What later revisions add; one that adds history revokes what it must.
  alter default privileges in schema runtime
    grant select, insert, update, delete on tables to oa_app;
  alter default privileges in schema runtime grant select on tables to oa_read;
  alter default privileges in schema runtime grant usage on sequences to oa_app;
end $$;
