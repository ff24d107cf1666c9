-- name: slices(push_ids)
-- What each slice has done. The targets, the big part, are read only of slices under way, or whose devices went different
-- ways: of the others it is known without them how many were handed over (all, or none). Who left them comes along (parallel
-- arrays), for between two statements devices may move from one slice to another.
SELECT push_id, slice_no, channel, cause, target_count, first_device, last_device, sent_upto, offline, state <> 'done' AS open,
       CASE WHEN (sent_upto >= first_device AND sent_upto < last_device) OR cause <> 'planned' OR kinds IS NOT NULL
            THEN targets END AS targets,
       kinds, reasons, leaving
FROM push_slices AS slice, LATERAL (
    SELECT array_agg(kind) AS kinds, array_agg(reason) AS reasons, array_agg(devices) AS leaving
    FROM slice_exceptions AS exception
    WHERE exception.push_id = slice.push_id AND exception.slice_no = slice.slice_no
) AS exceptions
WHERE push_id = ANY (:push_ids::bigint[]) ORDER BY push_id, slice_no;

-- name: receipts(push_ids)
SELECT push_id, slice_no, event, devices FROM receipt_deltas WHERE push_id = ANY (:push_ids::bigint[]);
