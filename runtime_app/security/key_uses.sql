-- name: list_uses :all
-- What requests signed with one key have started and added, newest first. Reads both tables through:
-- it is asked after an incident, and an index would be paid for by every frame.
select run_id, null as frame_id, created_at as at
  from runtime.runs
 where key_id = %(key_id)s and created_at >= %(since)s
union all
select run_id, frame_id, accepted_at
  from runtime.frames
 where key_id = %(key_id)s and accepted_at >= %(since)s
 order by at desc, run_id, frame_id
 limit %(limit)s;
