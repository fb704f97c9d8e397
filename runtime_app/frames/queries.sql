-- name: insert_frame :one
-- Returns a row when the frame is new.
insert into runtime.frames (run_id, frame_id, frame_type, request_mac, sanitized_by, seq)
values (%(run_id)s, %(frame_id)s, %(frame_type)s, %(request_mac)s, %(sanitized_by)s, %(seq)s)
on conflict (run_id, frame_id) do nothing
returning seq;

-- name: get_frame :one
select frame_type, coalesce(request_mac, 'sha256:' || content_hash) as request_mac, seq
  from runtime.frames
 where run_id = %(run_id)s and frame_id = %(frame_id)s;
