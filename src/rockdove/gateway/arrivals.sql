-- name: newest()
-- Where following begins.
SELECT coalesce(max(delta_id), 0) AS delta_id FROM receipt_deltas;

-- name: appended(after, rows)
-- The receipts since the last look, by primary key; without the bitmaps, most of which are of no interest.
SELECT delta_id, push_id, event FROM receipt_deltas WHERE delta_id > :after ORDER BY delta_id LIMIT :rows;

-- name: deltas(delta_ids)
-- The bitmaps of some receipts.
SELECT push_id, devices FROM receipt_deltas WHERE delta_id = ANY (:delta_ids);

-- name: arrived(push_ids)
-- Every arrival of some pushes, the first time they are asked for.
SELECT push_id, devices FROM receipt_deltas WHERE push_id = ANY (:push_ids) AND event = 'arrived';
