-- Inputs, idempotent by (run_id, frame_id). The payload is in the frame's `frame.accepted` event;
-- a frame's order is that event's seq.

create table runtime.frames (
  run_id       text not null references runtime.runs on delete restrict,
  frame_id     text not null check (frame_id ~ '^[A-Za-z0-9._:-]{1,200}$'),
  frame_type   text not null,
  content_hash text not null,                 -- of type and payload, what idempotency compares
  seq          bigint not null,
  accepted_at  timestamptz not null default now(),
  primary key (run_id, frame_id)
);
