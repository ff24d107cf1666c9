-- name: unsynced()
-- The surrounding transaction need not wait for the disk. Should its commit be lost with the power, or with PostgreSQL, the
-- pushes of the last moment are sent again, as after any crash before they were closed; devices drop what they have seen.
-- Every later commit that does wait brings it to the disk as well.
SET LOCAL synchronous_commit = off;

-- name: lock_pushes(push_ids)
-- Held while their slices close, in order of their ids, see lifecycle/moves.sql.
SELECT push_id FROM pushes WHERE push_id = ANY (:push_ids) ORDER BY push_id FOR NO KEY UPDATE;

-- name: close(push_ids, slice_nos, offline, owner)
-- Every target was handed over. A push that was revoked meanwhile has its devices told so; any other end changes nothing.
-- A slice whose lease was lost is somebody else's.
UPDATE push_slices AS slice SET
    sent_upto   = slice.last_device,
    sent_marks  = jsonb_build_object(minute_of(clock_timestamp())::text, slice.last_device),
    offline     = sent.offline,
    state       = CASE WHEN push.state = 'PUSH_REVOKED' THEN 'recalling' ELSE 'done' END,
    due         = CASE WHEN push.state = 'PUSH_REVOKED' THEN clock_timestamp() ELSE slice.due END,
    lease_owner = NULL,
    lease_until = NULL
FROM unnest(:push_ids::bigint[], :slice_nos::integer[], :offline::bytea[]) AS sent (push_id, slice_no, offline)
JOIN pushes AS push USING (push_id)
WHERE slice.push_id = sent.push_id AND slice.slice_no = sent.slice_no AND slice.lease_owner = :owner
  AND slice.state = 'due';

-- name: through(push_ids)
-- The pushes of which nothing is left to send.
SELECT push_id FROM unnest(:push_ids::bigint[]) AS sent (push_id)
WHERE NOT EXISTS (SELECT FROM push_slices AS slice WHERE slice.push_id = sent.push_id AND slice.state = 'due');

-- name: put_back(push_ids, slice_nos, owner, seconds)
-- The channel is away: due for everybody in a while. Those of a paused push stay at infinity.
UPDATE push_slices AS slice SET
    lease_owner = NULL,
    lease_until = NULL,
    due         = CASE WHEN due = 'infinity' THEN due ELSE clock_timestamp() + make_interval(secs => :seconds::float8) END
FROM unnest(:push_ids::bigint[], :slice_nos::integer[]) AS unsent (push_id, slice_no)
WHERE slice.push_id = unsent.push_id AND slice.slice_no = unsent.slice_no AND slice.lease_owner = :owner
  AND slice.state = 'due';
