-- When a sweep has asked for a queued task last, and by which token the one at work was claimed: a
-- worker that has not heard of its claim's commit claims again.
alter table runtime.tool_tasks
  add column woken_at    timestamptz,
  add column claim_token text;
