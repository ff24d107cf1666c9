-- name: apps()
SELECT access_id FROM apps;

-- name: count_standing(access_id)
-- One pass over the devices, 1 s for 5 million.
WITH counted AS MATERIALIZED (
    SELECT channel, package_name,
           count(*) FILTER (WHERE here AND seen) AS available,
           count(*) FILTER (WHERE here AND seen AND notifications) AS opted_in,
           count(*) FILTER (WHERE here AND NOT seen) AS absent,
           count(*) FILTER (WHERE uninstalled_at IS NULL AND unregistered_at IS NOT NULL) AS unregistered,
           count(*) FILTER (WHERE uninstalled_at IS NOT NULL) AS uninstalled
    FROM (
        SELECT channel, package_name, notifications, unregistered_at, uninstalled_at,
               unregistered_at IS NULL AND uninstalled_at IS NULL AS here,
               last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90 AS seen
        FROM devices WHERE access_id = :access_id
    ) AS device
    GROUP BY channel, package_name
)
INSERT INTO device_standing (access_id, available, opted_in, absent, unregistered, uninstalled, channels, packages, counted_at)
SELECT :access_id, coalesce(sum(available), 0), coalesce(sum(opted_in), 0), coalesce(sum(absent), 0),
       coalesce(sum(unregistered), 0), coalesce(sum(uninstalled), 0),
       coalesce((SELECT jsonb_object_agg(channel, available) FROM (
           SELECT channel, sum(available) AS available FROM counted GROUP BY channel HAVING sum(available) > 0
       ) AS channels), '{}'),
       coalesce((SELECT jsonb_object_agg(package_name, available) FROM (
           SELECT package_name, sum(available) AS available FROM counted GROUP BY package_name HAVING sum(available) > 0
           ORDER BY 2 DESC LIMIT 100
       ) AS packages), '{}'),
       now()
FROM counted
ON CONFLICT (access_id) DO UPDATE SET
    available = excluded.available, opted_in = excluded.opted_in, absent = excluded.absent,
    unregistered = excluded.unregistered, uninstalled = excluded.uninstalled, channels = excluded.channels,
    packages = excluded.packages, counted_at = excluded.counted_at;

-- name: count_tags(access_id)
UPDATE tags SET device_count = coalesce(counted.devices, 0), counted_at = now()
FROM tags AS tag LEFT JOIN (
    SELECT tag_id, count(*) AS devices
    FROM device_tags AS carried JOIN devices AS device USING (access_id, device_id) CROSS JOIN unnest(tag_ids) AS tag_id
    WHERE carried.access_id = :access_id AND device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
    GROUP BY tag_id
) AS counted USING (tag_id)
WHERE tag.access_id = :access_id AND tags.access_id = tag.access_id AND tags.tag_id = tag.tag_id;

-- name: standing(access_id)
SELECT available, opted_in, absent, unregistered, uninstalled, channels, counted_at, packages FROM device_standing
WHERE access_id = :access_id;

-- name: pushes_by_day(access_id, first, last, timezone)
SELECT (coalesce(started_at, due) AT TIME ZONE :timezone)::date AS day, count(*) AS pushes
FROM pushes
WHERE access_id = :access_id AND started_at IS NOT NULL
  AND coalesce(started_at, due) >= :first::date::timestamp AT TIME ZONE :timezone
  AND coalesce(started_at, due) < (:last::date + 1)::timestamp AT TIME ZONE :timezone
GROUP BY 1;
