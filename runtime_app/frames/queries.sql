-- name: insert_frame :none
-- The first frame of a run that is new.
insert into runtime.frames (
  run_id, frame_id, frame_type, request_mac, sanitized_by, seq, accepted_at, key_id)
values (
  %(run_id)s, %(frame_id)s, %(frame_type)s, %(request_mac)s, %(sanitized_by)s, %(seq)s,
  clock_timestamp(), %(key_id)s);

-- name: append_frame :one
-- `append_events` with the frame that its event tells of, once that is new (else `known`), unless the
-- run has had `most` of them within the last second (`hurried`; without `most` there is no limit).
-- Under the head's lock nobody takes the run or lets go of it, so `held` stays true until the frame
-- is committed.
with pace as (
  select extract(epoch from accepted_at + interval '1 second' - clock_timestamp()) as wait_s
    from runtime.frames
   where run_id = %(run_id)s and %(most)s::int is not null
   order by seq desc
  offset coalesce(%(most)s::int, 1) - 1
   limit 1
), fresh as (
  insert into runtime.frames (
    run_id, frame_id, frame_type, request_mac, sanitized_by, seq, accepted_at, key_id)
  select %(run_id)s, %(frame_id)s, %(frame_type)s, %(request_mac)s, %(sanitized_by)s,
         %(frame_seq)s, clock_timestamp(), %(key_id)s
   where not exists (select 1 from pace where wait_s > 0)
  on conflict (run_id, frame_id) do nothing
  returning seq
), answer as (
  select exists (select 1 from fresh) as stored,
         coalesce((select wait_s from pace), 0) > 0 as hurried,
         exists (select from runtime.run_leases l
                  where l.run_id = %(run_id)s and l.owner is not null
                    and l.expires_at > clock_timestamp()) as held
)
select case when answer.stored then a.outcome
            when answer.hurried then 'hurried'
            else 'known' end as outcome,
       a.seq, a.cancel_requested, a.occurred_at, answer.held
  from answer
  left join lateral runtime.append_events(
    case when answer.stored then %(run_id)s end, %(expected_seq)s, %(epoch)s,
    %(types)s::text[], %(versions)s::int[], %(classes)s::text[], %(payloads)s::text[],
    %(status)s, %(trace_id)s, %(request_id)s,
    %(span_id)s, %(trace_flags)s::smallint, %(tracestate)s) as a on answer.stored;

-- name: get_frame :one
select frame_type, coalesce(request_mac, 'sha256:' || content_hash) as request_mac, seq
  from runtime.frames
 where run_id = %(run_id)s and frame_id = %(frame_id)s;
