-- name: slices(push_ids)
-- What the slices of some pushes cover, without the bitmaps. The own channel's first: of a device that was moved to a vendor
-- channel after it had not confirmed, a receipt is counted where it was sent first.
SELECT push_id, slice_no, access_id, channel, first_device, last_device
FROM push_slices
WHERE push_id = ANY (:push_ids)
ORDER BY push_id, channel <> 'xg', slice_no;

-- name: bitmaps(push_ids, slice_nos)
-- The target bitmaps of some slices; read once and kept, for they never change.
SELECT push_id, slice_no, targets
FROM push_slices JOIN unnest(:push_ids::bigint[], :slice_nos::integer[]) AS wanted (push_id, slice_no)
     USING (push_id, slice_no);
