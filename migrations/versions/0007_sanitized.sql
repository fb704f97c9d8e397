-- What is stored is sanitized, so idempotency compares a MAC of the request as it was received. A
-- plain hash would let anyone who reads the table guess short secrets; old rows have nothing else,
-- and stay comparable as `sha256:` and that hash. `sanitized_by` is rule set and key of the writer.

alter table runtime.runs
  add column request_mac text,
  add column sanitized_by text,
  alter column content_hash drop not null,
  add constraint runs_comparable check (num_nonnulls(request_mac, content_hash) >= 1);

alter table runtime.frames
  add column request_mac text,
  add column sanitized_by text,
  alter column content_hash drop not null,
  add constraint frames_comparable check (num_nonnulls(request_mac, content_hash) >= 1);

alter table runtime.tool_tasks
  add column sanitized_by text;

create or replace view runtime.run_view as
select h.run_id, h.seq, h.floor_seq, encode(h.chain_head, 'hex') as chain_head,
       h.cancel_requested, h.closed_seq,
       r.thread_id, r.owner_user_id, r.owner_guest_scope, r.mode, r.status, r.model, r.caps,
       r.content_hash, r.created_at, r.updated_at, r.terminal_reason_class, r.terminal_reason,
       r.terminal_at, coalesce(r.request_mac, 'sha256:' || r.content_hash) as request_mac
  from runtime.run_heads h
  join runtime.runs r using (run_id);
