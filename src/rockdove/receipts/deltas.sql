-- name: append()
-- Rows (push_id, slice_no, event, minute, devices), streamed.
COPY receipt_deltas (push_id, slice_no, event, minute, devices) FROM STDIN (FORMAT BINARY);

-- name: arrived(push_ids, slice_nos)
-- The arrivals recorded for some slices.
SELECT push_id, slice_no, devices
FROM receipt_deltas JOIN unnest(:push_ids::bigint[], :slice_nos::integer[]) AS wanted (push_id, slice_no)
     USING (push_id, slice_no)
WHERE event = 'arrived';

-- name: scattered(after, groups)
-- Rows of the same slice, event and minute that can be merged: the minute is over.
SELECT push_id, slice_no, event, minute
FROM receipt_deltas
WHERE delta_id > :after AND minute < date_trunc('minute', now()) - interval '1 minute'
GROUP BY push_id, slice_no, event, minute HAVING count(*) > 1
LIMIT :groups;

-- name: merged_upto(after)
-- Everything up to here belongs to minutes that are over (and merged, when `scattered` finds nothing more).
SELECT coalesce(min(delta_id) FILTER (WHERE minute >= date_trunc('minute', now()) - interval '1 minute') - 1,
                max(delta_id), :after) AS delta_id
FROM receipt_deltas WHERE delta_id > :after;

-- name: take(push_id, slice_no, event, minute)
-- The rows of one group leave the table; their union comes back in the same transaction.
DELETE FROM receipt_deltas
WHERE push_id = :push_id AND slice_no = :slice_no AND event = :event AND minute = :minute
RETURNING devices;
