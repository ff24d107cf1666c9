-- name: of_devices(access_id, device_ids)
-- Those that have any, by primary key.
SELECT device_id, attributes FROM device_attributes
WHERE access_id = :access_id AND device_id = ANY (:device_ids::bigint[]);
