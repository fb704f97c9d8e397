-- Read a schema back from the catalogs, one statement of DDL per row, in an order that can be run.
-- Everything is named by schema and sorted bytewise, so that every server says the same.

-- name: name_everything_in_full :none
select set_config('search_path', '', true);

-- name: roles :all
-- Those that are granted something below. They belong to the server, so they may be there already.
select 'do $$ begin create role ' || grantee::regrole || ' nologin;'
       || ' exception when duplicate_object then null; end $$;' as ddl
  from (
    select a.grantee from pg_namespace, aclexplode(nspacl) a
     where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
       and a.grantee not in (0, nspowner)
     union
    select a.grantee
      from pg_class c
      join pg_namespace n on n.oid = relnamespace, aclexplode(relacl) a
     where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
       and a.grantee not in (0, relowner)
  ) as grants
 order by grantee::regrole::text collate "C";

-- name: schemas :all
select 'create schema ' || quote_ident(nspname) || ';' as ddl
  from pg_namespace
 where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
 order by nspname collate "C";

-- name: types :all
select 'create type ' || c.oid::regclass || E' as (\n  '
       || string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod),
                     E',\n  ' order by a.attnum)
       || E'\n);' as ddl
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relkind = 'c'
   and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
 group by c.oid
 order by c.oid::regclass::text collate "C";

-- name: tables :all
-- NOT NULL is a column's own; since Postgres 18 it also is a constraint, which is left out here.
with lines as (
  select a.attrelid as relid, 1 as part, a.attnum::text as place,
         quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
         || case when a.attcollation <> t.typcollation
                 then ' collate ' || a.attcollation::regcollation else '' end
         || case when d.oid is null then ''
                 when a.attgenerated = 's'
                 then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
                 else ' default ' || pg_get_expr(d.adbin, d.adrelid) end
         || case when a.attnotnull then ' not null' else '' end as line
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attnum > 0 and not a.attisdropped
   union all
  select conrelid, 2, conname, 'constraint ' || quote_ident(conname) || ' '
         || pg_get_constraintdef(oid)
    from pg_constraint
   where contype in ('p', 'u', 'c', 'x')
)
select 'create ' || case c.relpersistence when 'u' then 'unlogged ' else '' end || 'table '
       || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || E' (\n  '
       || string_agg(l.line, E',\n  ' order by l.part, length(l.place) * (2 - l.part),
                     l.place collate "C")
       || E'\n)'
       || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '')
       || coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')
       || ';' as ddl
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join lines l on l.relid = c.oid
 where c.relkind in ('r', 'p') and not c.relispartition
   and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
 group by c.oid, n.nspname
 order by n.nspname collate "C", c.relname collate "C";

-- name: partitions :all
select 'create table ' || c.oid::regclass || ' partition of ' || i.inhparent::regclass || ' '
       || pg_get_expr(c.relpartbound, c.oid) || ';' as ddl
  from pg_class c
  join pg_inherits i on i.inhrelid = c.oid
 where c.relispartition and c.relkind in ('r', 'p')
 order by c.oid::regclass::text collate "C";

-- name: foreign_keys :all
select 'alter table ' || conrelid::regclass || ' add constraint ' || quote_ident(conname) || ' '
       || pg_get_constraintdef(oid) || ';' as ddl
  from pg_constraint
 where contype = 'f' and conparentid = 0
 order by conrelid::regclass::text collate "C", conname collate "C";

-- name: indexes :all
-- Those that no constraint and no partitioned index brings along.
select replace(pg_get_indexdef(x.indexrelid), ' ON ONLY ', ' ON ') || ';' as ddl
  from pg_index x
  join pg_class c on c.oid = x.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
   and not exists (select 1 from pg_inherits i where i.inhrelid = x.indexrelid)
   and not exists (
     select 1 from pg_constraint k
      where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
 order by x.indexrelid::regclass::text collate "C";

-- name: functions :all
-- The body of one in SQL is checked when it is made, so those come first.
select rtrim(pg_get_functiondef(p.oid), E'\n') || ';' as ddl
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
 where p.prokind in ('f', 'p')
   and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
 order by l.lanname <> 'sql', p.oid::regprocedure::text collate "C";

-- name: views :all
select 'create view ' || c.oid::regclass || E' as\n' || pg_get_viewdef(c.oid) as ddl
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'v'
   and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
 order by c.oid::regclass::text collate "C";

-- name: triggers :all
select pg_get_triggerdef(t.oid) || ';' as ddl
  from pg_trigger t
  join pg_class c on c.oid = t.tgrelid
  join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and t.tgparentid = 0
   and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
 order by c.oid::regclass::text collate "C", t.tgname collate "C";

-- name: revokes :all
-- Functions that not everybody may run.
select 'revoke execute on function ' || p.oid::regprocedure || ' from public;' as ddl
  from pg_proc p
  join pg_namespace n on n.oid = pronamespace
 where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
   and p.proacl is not null
   and not exists (select 1 from aclexplode(p.proacl) a where a.grantee = 0)
 order by p.oid::regprocedure::text collate "C";

-- name: grants :all
-- What others than the owner may do. The built-in right of all to run a function is not one.
with objects as (
  select nspacl as acl, nspowner as owner, 'schema ' || quote_ident(nspname) as object
    from pg_namespace
   where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
   union all
  select relacl, relowner, 'table ' || c.oid::regclass
    from pg_class c join pg_namespace n on n.oid = relnamespace
   where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
   union all
  select proacl, proowner, 'function ' || p.oid::regprocedure
    from pg_proc p join pg_namespace n on n.oid = pronamespace
   where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')
)
select 'grant ' || lower(string_agg(a.privilege_type, ', ' order by a.privilege_type collate "C"))
       || ' on ' || o.object || ' to '
       || case a.grantee when 0 then 'public' else a.grantee::regrole::text end
       || case when a.is_grantable then ' with grant option' else '' end || ';' as ddl
  from objects o, aclexplode(o.acl) a
 where a.grantee <> o.owner
 group by o.object, a.grantee, a.is_grantable
 order by o.object collate "C", a.grantee::regrole::text collate "C", a.is_grantable;

-- name: default_grants :all
-- What whoever made this schema grants on things that are still to come.
select 'alter default privileges in schema ' || quote_ident(n.nspname) || ' grant '
       || lower(string_agg(a.privilege_type, ', ' order by a.privilege_type collate "C")) || ' on '
       || case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences'
                               when 'f' then 'functions' when 'T' then 'types' end
       || ' to ' || case a.grantee when 0 then 'public' else a.grantee::regrole::text end
       || ';' as ddl
  from pg_default_acl d
  join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
 where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
 group by n.nspname, d.defaclobjtype, a.grantee
 order by n.nspname collate "C", d.defaclobjtype, a.grantee::regrole::text collate "C";

-- name: not_dumped :all
-- Things of ours that none of the above would show.
with things as (
  select relnamespace as schema, 'relation ' || oid::regclass as thing
    from pg_class where relkind not in ('r', 'p', 'v', 'i', 'I', 't', 'c')
   union all
  select typnamespace, 'type ' || oid::regtype from pg_type where typtype in ('d', 'e', 'm', 'r')
   union all
  select pronamespace, 'aggregate ' || oid::regprocedure from pg_proc where prokind in ('a', 'w')
   union all
  select c.relnamespace, 'policy ' || p.polname
    from pg_policy p join pg_class c on c.oid = p.polrelid
   union all
  select c.relnamespace, 'identity column ' || a.attname
    from pg_attribute a join pg_class c on c.oid = a.attrelid where a.attidentity <> ''
   union all
  select c.relnamespace, 'grant on column ' || a.attname
    from pg_attribute a join pg_class c on c.oid = a.attrelid where a.attacl is not null
)
select thing
  from things t
  join pg_namespace n on n.oid = t.schema
 where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
 order by thing collate "C";
