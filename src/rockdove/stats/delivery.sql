-- name: push(access_id, push_id)
SELECT state, audience_type, message_type, environment, multi_package, due, started_at, expires_at, expire_seconds, failure
FROM pushes WHERE access_id = :access_id AND push_id = :push_id;

-- name: slices(push_id, device_id)
-- Those that may hold the device: the bitmap says.
SELECT slice_no, channel, state, targets, offline, sent_upto FROM push_slices
WHERE push_id = :push_id AND first_device <= :device_id AND last_device >= :device_id ORDER BY slice_no;

-- name: exceptions(push_id, slice_nos)
SELECT slice_no, kind, reason, devices FROM slice_exceptions WHERE push_id = :push_id AND slice_no = ANY (:slice_nos::integer[]);

-- name: receipts(push_id, slice_nos)
SELECT slice_no, event, minute, devices FROM receipt_deltas
WHERE push_id = :push_id AND slice_no = ANY (:slice_nos::integer[]) ORDER BY minute;
