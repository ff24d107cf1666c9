-- name: apps()
SELECT access_id FROM apps ORDER BY access_id;

-- name: absent(access_id, after, days, maximum)
-- The next devices that nobody has seen for so long, by id, locked: one that registers at this moment is left to it, and one
-- that has just done so isn't absent any more.
SELECT device_id FROM devices
WHERE access_id = :access_id AND device_id > :after AND last_seen_day < (now() AT TIME ZONE 'UTC')::date - :days::integer
ORDER BY device_id LIMIT :maximum
FOR UPDATE SKIP LOCKED;

-- name: forget_bindings(access_id, devices)
-- Before the devices, whose deletion would take them away one by one, and raise the purge horizon as often.
DELETE FROM account_bindings WHERE access_id = :access_id AND device_id = ANY (:devices::bigint[]);

-- name: forget_tags(access_id, devices)
DELETE FROM device_tags WHERE access_id = :access_id AND device_id = ANY (:devices::bigint[]);

-- name: forget_devices(access_id, devices)
DELETE FROM devices WHERE access_id = :access_id AND device_id = ANY (:devices::bigint[]);
