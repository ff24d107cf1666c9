-- name: started(access_id, push_id)
SELECT started_at FROM pushes WHERE access_id = :access_id AND push_id = :push_id;

-- name: receipts(push_id)
-- In the order of time; a row is what one slice's devices reported of one kind within one minute.
SELECT slice_no, event, minute, devices FROM receipt_deltas WHERE push_id = :push_id ORDER BY minute;

-- name: slices(push_id)
-- How far each slice had come in each minute. The targets, the big part, are read only where the slice was not sent whole
-- within one minute, or its devices went different ways: of the others it is known without them how many were sent when.
SELECT slice_no, target_count, first_device, sent_upto, offline, sent_marks,
       CASE WHEN (sent_upto >= first_device AND sent_upto < last_device) OR cause <> 'planned'
                 OR (SELECT count(*) FROM jsonb_object_keys(sent_marks)) > 1
                 OR EXISTS (SELECT FROM slice_exceptions AS exception WHERE exception.push_id = slice.push_id
                                                                        AND exception.slice_no = slice.slice_no)
            THEN targets END AS targets
FROM push_slices AS slice WHERE push_id = :push_id;

-- name: exceptions(push_id)
SELECT slice_no, kind, devices FROM slice_exceptions WHERE push_id = :push_id;
