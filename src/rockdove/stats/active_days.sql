-- name: zones(access_ids)
SELECT access_id, (now() AT TIME ZONE timezone)::date AS today FROM apps WHERE access_id = ANY (:access_ids::bigint[]);

-- name: begin(access_id, day, devices)
-- The row of a day, locked; processes add to it one after the other.
INSERT INTO active_days (access_id, day, device_count, devices) VALUES (:access_id, :day, 0, :devices)
ON CONFLICT (access_id, day) DO UPDATE SET device_count = active_days.device_count
RETURNING devices;

-- name: write(access_id, day, device_count, devices)
UPDATE active_days SET device_count = :device_count, devices = :devices WHERE access_id = :access_id AND day = :day;
