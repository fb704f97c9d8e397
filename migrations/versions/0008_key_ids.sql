-- Which key signed what was accepted, so that what a stolen one did can be listed. Null: no request
-- did it, or it was before this.

alter table runtime.runs add column key_id text;
alter table runtime.frames add column key_id text;
