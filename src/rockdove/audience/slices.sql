-- name: set_counts(push_id, counts)
UPDATE pushes SET counts = :counts WHERE push_id = :push_id;

-- name: insert_slices(push_id, access_id, paced, slice_nos, channels, firsts, lasts, counts, targets)
-- All slices of a push in one statement. Of a paced push the first is due; each calls the next, see dispatch.
INSERT INTO push_slices (push_id, access_id, due, slice_no, channel, first_device, last_device, target_count, targets)
SELECT :push_id, :access_id, CASE WHEN :paced AND slice_no > 0 THEN 'infinity' ELSE clock_timestamp() END, slice.*
FROM unnest(:slice_nos::integer[], :channels::text[], :firsts::bigint[], :lasts::bigint[], :counts::integer[],
            :targets::bytea[]) AS slice (slice_no, channel, first_device, last_device, target_count, targets);

-- name: insert_small_targets(push_id, access_id, devices)
-- What a device is owed by small pushes is found by index.
INSERT INTO small_push_targets (access_id, device_id, push_id)
SELECT :access_id, device_id, :push_id FROM unnest(:devices::bigint[]) AS device_id;

-- name: forget_small_targets()
-- Those of pushes older than every small one that has not expired two days ago: until then a device may be owed it, or its
-- application's daily cap count it. One look through the table, once an hour.
DELETE FROM small_push_targets WHERE push_id < coalesce(
    (SELECT min(push_id) FROM pushes WHERE NOT bulk AND expires_at > now() - interval '2 days'),
    (SELECT max(push_id) + 1 FROM pushes));
