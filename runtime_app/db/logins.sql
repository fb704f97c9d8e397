-- A statement about a role takes no parameters, so the server spells each, and it is sent back.

-- name: spell_login :all
select format('create role %%I', %(login)s::text) as statement
 where not exists (select from pg_roles where rolname = %(login)s)
union all
select format('alter role %%I login inherit password %%L', %(login)s::text, %(verifier)s::text)
union all
select format('grant oa_app to %%I', %(login)s::text);
