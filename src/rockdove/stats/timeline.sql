-- name: started(access_id, push_id)
SELECT started_at FROM pushes WHERE access_id = :access_id AND push_id = :push_id;

-- name: receipts(push_id)
-- In the order of time; a row is what one slice's devices reported of one kind within one minute.
SELECT event, minute, devices FROM receipt_deltas WHERE push_id = :push_id ORDER BY minute;
