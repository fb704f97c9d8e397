-- Of a canary: whether it goes from stage to stage by itself, and what it takes.

alter table runtime.ds_artifact_pointers
  add column auto_advance boolean not null default false,
  add column gate_receipts int not null default 200 check (gate_receipts > 0),
  add column gate_minutes int not null default 30 check (gate_minutes >= 0);

create index ds_predict_receipts_artifact
  on runtime.ds_predict_receipts (compiled_id, created_at);
