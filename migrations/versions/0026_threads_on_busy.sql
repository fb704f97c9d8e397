-- What becomes of a run that asks for nothing and meets a live one on its thread; null: it waits.
-- The rows that there are have none: they need no looking at.
alter table runtime.threads
  add column on_busy text;
alter table runtime.threads
  add constraint threads_on_busy check (on_busy in ('reject', 'enqueue', 'interrupt')) not valid;
