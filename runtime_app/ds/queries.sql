-- name: ask :one
-- The row as it stands, also where somebody has asked the same before.
insert into runtime.ds_predictions
  (predict_id, owner, thread_id, signature_id, params, params_hash, within_s, request_id,
   trace_id)
values (%(predict_id)s, %(owner)s, %(thread_id)s, %(signature_id)s, %(params)s, %(params_hash)s,
        %(within_s)s, %(request_id)s, %(trace_id)s)
on conflict (predict_id) do update set predict_id = excluded.predict_id
returning owner, thread_id, signature_id, params_hash, (xmax = 0) as new;

-- name: claim :one
-- Nothing where it is another's, or has ended.
update runtime.ds_predictions
   set state = 'running', started_at = clock_timestamp(),
       alive_until = clock_timestamp() + make_interval(secs => within_s + %(grace_s)s)
 where predict_id = %(predict_id)s and state = 'queued'
returning *;

-- name: end_prediction :one
-- Nothing where it has ended already.
update runtime.ds_predictions
   set state = %(state)s, ended_at = clock_timestamp(), output = %(output)s, params = null
 where predict_id = %(predict_id)s and state in ('queued', 'running')
returning queued_at, started_at, ended_at;

-- name: add_receipt :none
insert into runtime.ds_predict_receipts
  (receipt_id, predict_id, owner, thread_id, signature_id, compiled_id, variant, status,
   error_class, body, evaluated, content_hash, receipt_hash, trace_hash)
values (%(receipt_id)s, %(predict_id)s, %(owner)s, %(thread_id)s, %(signature_id)s,
        %(compiled_id)s, %(variant)s, %(status)s, %(error_class)s, %(body)s, %(evaluated)s,
        %(content_hash)s, %(receipt_hash)s, %(trace_hash)s);

-- name: keep_trace :none
insert into runtime.ds_traces (trace_hash, body)
values (%(trace_hash)s, %(body)s)
on conflict (trace_hash) do nothing;

-- name: get_trace :one
select body from runtime.ds_traces where trace_hash = %(trace_hash)s;

-- name: ended :one
select p.output, r.*, case when r.status <> 'succeeded' then t.body end as trace
  from runtime.ds_predictions p
  join runtime.ds_predict_receipts r using (predict_id)
  left join runtime.ds_traces t using (trace_hash)
 where p.predict_id = %(predict_id)s;

-- name: get_receipt :one
select * from runtime.ds_predict_receipts where receipt_id = %(receipt_id)s;

-- name: list_receipts :all
select receipt_id, body
  from runtime.ds_predict_receipts
 where owner = %(owner)s and thread_id = %(thread_id)s
   and (%(after)s::text is null or (created_at, receipt_id) > (
         select a.created_at, a.receipt_id
           from runtime.ds_predict_receipts a
          where a.receipt_id = %(after)s and a.owner = %(owner)s))
 order by created_at, receipt_id
 limit %(limit)s;

-- name: get_artifact :one
select * from runtime.ds_compiled_artifacts where compiled_id = %(compiled_id)s;

-- name: add_artifact :none
insert into runtime.ds_compiled_artifacts
  (compiled_id, signature_id, body, schema_hash, prompt_hash, program_hash, artifact_hash,
   provenance)
values (%(compiled_id)s, %(signature_id)s, %(body)s, %(schema_hash)s, %(prompt_hash)s,
        %(program_hash)s, %(artifact_hash)s, %(provenance)s)
on conflict (compiled_id) do nothing;

-- name: get_pointer :one
select * from runtime.ds_artifact_pointers where signature_id = %(signature_id)s;

-- name: unsent :all
-- Those that nobody has begun for longer than a message takes.
select predict_id
  from runtime.ds_predictions
 where state = 'queued' and queued_at < clock_timestamp() - make_interval(secs => %(age_s)s)
 order by queued_at
 limit 100;

-- name: dead :all
-- Those whose worker said it would be done by now.
select *
  from runtime.ds_predictions
 where state = 'running' and alive_until < clock_timestamp()
 order by queued_at
 limit 100;

-- name: make_pointer :one
-- Nothing where somebody was first.
insert into runtime.ds_artifact_pointers
  (signature_id, version, primary_id, canary_id, canary_percent, rollout_seed, auto_advance,
   gate_receipts, gate_minutes)
values (%(signature_id)s, %(version)s, %(primary_id)s, %(canary_id)s, %(canary_percent)s,
        %(rollout_seed)s, %(auto_advance)s, %(gate_receipts)s, %(gate_minutes)s)
on conflict (signature_id) do nothing
returning version;

-- name: move_pointer :one
-- Nothing where somebody was first.
update runtime.ds_artifact_pointers
   set version = %(version)s, primary_id = %(primary_id)s, canary_id = %(canary_id)s,
       canary_percent = %(canary_percent)s, auto_advance = %(auto_advance)s,
       gate_receipts = %(gate_receipts)s, gate_minutes = %(gate_minutes)s,
       changed_at = clock_timestamp()
 where signature_id = %(signature_id)s and version = %(expected)s
returning version;

-- name: add_version :none
insert into runtime.ds_pointer_versions
  (signature_id, version, action, actor, reason, before, after, parent, restores)
values (%(signature_id)s, %(version)s, %(action)s, %(actor)s, %(reason)s, %(before)s, %(after)s,
        %(parent)s, %(restores)s);

-- name: list_versions :all
select * from runtime.ds_pointer_versions
 where signature_id = %(signature_id)s
 order by version desc;

-- name: at_work :all
select signature_id
  from runtime.ds_artifact_pointers
 where canary_percent > 0
 order by signature_id;

-- name: stage_age :one
select extract(epoch from clock_timestamp() - changed_at)::float8 as age_s
  from runtime.ds_artifact_pointers
 where signature_id = %(signature_id)s;

-- name: seen_since :all
-- Of both artifacts the newest 5,000 since the stage began, newest first. What a caller or a policy
-- has stopped says nothing of either.
select s.compiled_id, s.status, s.error_class, s.latency_ms
  from unnest(array[%(primary_id)s, %(canary_id)s]::text[]) as a (compiled_id),
       lateral (
         select r.compiled_id, r.status, r.error_class, r.created_at,
                (r.body::jsonb #>> '{timing,latency_ms}')::int as latency_ms
           from runtime.ds_predict_receipts r
          where r.compiled_id = a.compiled_id
            and r.signature_id = %(signature_id)s
            and r.status in ('succeeded', 'failed', 'lost')
            and r.created_at >= (select p.changed_at
                                   from runtime.ds_artifact_pointers p
                                  where p.signature_id = %(signature_id)s)
          order by r.created_at desc
          limit 5000) as s
 order by s.created_at desc;
