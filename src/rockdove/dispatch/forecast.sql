-- name: ahead(access_id)
-- Devices that wait for each channel already, in slices that are not through. A slice in work counts as a whole.
SELECT channel, sum(target_count)::bigint AS devices
FROM push_slices WHERE state = 'due' AND access_id = :access_id AND due < 'infinity' GROUP BY channel;
