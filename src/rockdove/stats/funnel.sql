-- name: slices(push_id)
-- What each slice has done. The targets, the big part, are read only of slices under way: of the others it is known without
-- them how many were handed over (all, or none).
SELECT slice_no, channel, target_count, first_device, last_device, sent_upto, offline,
       CASE WHEN sent_upto >= first_device AND sent_upto < last_device THEN targets END AS targets
FROM push_slices WHERE push_id = :push_id ORDER BY slice_no;

-- name: receipts(push_id)
SELECT slice_no, event, devices FROM receipt_deltas WHERE push_id = :push_id;
