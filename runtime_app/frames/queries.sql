-- name: insert_frame :one
-- Returns a row when the frame is new. Under the head's lock nobody takes the run or lets go of it, so
-- `held` stays true until the frame is committed.
insert into runtime.frames (run_id, frame_id, frame_type, content_hash, seq, key_id)
values (
  %(run_id)s, %(frame_id)s, %(frame_type)s, %(content_hash)s, %(seq)s, %(key_id)s)
on conflict (run_id, frame_id) do nothing
returning exists (
  select from runtime.run_leases l
   where l.run_id = %(run_id)s and l.owner is not null and l.expires_at > clock_timestamp()) as held;

-- name: get_frame :one
select frame_type, content_hash, seq
  from runtime.frames
 where run_id = %(run_id)s and frame_id = %(frame_id)s;
