-- name: apps()
SELECT access_id FROM apps;

-- name: count_registered(access_id)
-- The days since the last one that is written, which may not have been over then. Device ids are given one after the other
-- and never again, so the highest one says how many there ever were, also of devices that have been deleted; and if it was
-- the newest that were, what was counted before says it.
WITH app AS (
    SELECT access_id, timezone, (now() AT TIME ZONE timezone)::date AS today,
           greatest((created_at AT TIME ZONE timezone)::date, (now() AT TIME ZONE timezone)::date - 100,
                    (SELECT max(day) FROM device_days WHERE access_id = :access_id)) AS first
    FROM apps WHERE access_id = :access_id
), registered AS (
    SELECT (device.registered_at AT TIME ZONE app.timezone)::date AS day, count(*) AS devices
    FROM app JOIN devices AS device USING (access_id)
    WHERE device.registered_at >= app.first::timestamp AT TIME ZONE app.timezone
    GROUP BY 1
), ever AS (
    SELECT greatest((SELECT max(device_id) FROM devices WHERE access_id = :access_id),
                    (SELECT max(accumulated) FROM device_days WHERE access_id = :access_id), 0) AS devices
)
INSERT INTO device_days (access_id, day, registered, accumulated)
SELECT app.access_id, calendar.day::date, coalesce(registered.devices, 0),
       ever.devices - coalesce(sum(registered.devices) OVER (
           ORDER BY calendar.day ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)
FROM app CROSS JOIN ever CROSS JOIN generate_series(app.first, app.today, interval '1 day') AS calendar (day)
LEFT JOIN registered ON registered.day = calendar.day::date
ON CONFLICT (access_id, day) DO UPDATE SET registered = excluded.registered, accumulated = excluded.accumulated;

-- name: forget_distribution(access_id)
DELETE FROM device_distributions USING apps AS app
WHERE app.access_id = :access_id AND device_distributions.access_id = :access_id
  AND (day = (now() AT TIME ZONE app.timezone)::date OR day < (now() AT TIME ZONE app.timezone)::date - 40);

-- name: distribute(access_id, values)
-- One pass over the registered devices for all seven properties; of each its most frequent values.
INSERT INTO device_distributions (access_id, day, property, value, device_count)
SELECT :access_id, (SELECT (now() AT TIME ZONE timezone)::date FROM apps WHERE access_id = :access_id),
       property, value, device_count
FROM (
    SELECT property, value, device_count,
           row_number() OVER (PARTITION BY property ORDER BY device_count DESC, value) AS rank
    FROM (
        SELECT CASE 0 WHEN grouping(city) THEN 'city' WHEN grouping(province) THEN 'province'
                      WHEN grouping(app_version) THEN 'app_version' WHEN grouping(sdk_version) THEN 'sdk_version'
                      WHEN grouping(os_version) THEN 'system_version' WHEN grouping(brand) THEN 'device_brand'
                      ELSE 'device_version' END AS property,
               coalesce(city, province, app_version, sdk_version, os_version, brand, model) AS value,
               count(*) AS device_count
        FROM devices WHERE access_id = :access_id AND unregistered_at IS NULL AND uninstalled_at IS NULL
        GROUP BY GROUPING SETS ((city), (province), (app_version), (sdk_version), (os_version), (brand), (model))
    ) AS counted
) AS ranked
WHERE rank <= :values;

-- name: forget_active(days)
DELETE FROM active_days WHERE day < now()::date - :days::integer;

-- name: overview(access_id, first, last)
-- Every day asked for; one that nobody counted carries on what there was before.
SELECT calendar.day::date AS day, coalesce(counted.registered, 0) AS registered, coalesce(active.device_count, 0) AS active,
       coalesce((SELECT accumulated FROM device_days AS before WHERE before.access_id = :access_id AND before.day <= calendar.day
                 ORDER BY before.day DESC LIMIT 1), 0) AS accumulated
FROM generate_series(:first::date, :last::date, interval '1 day') AS calendar (day)
LEFT JOIN device_days AS counted ON counted.access_id = :access_id AND counted.day = calendar.day::date
LEFT JOIN active_days AS active ON active.access_id = :access_id AND active.day = calendar.day::date
ORDER BY calendar.day;

-- name: distribution(access_id, day, property)
SELECT value, device_count FROM device_distributions
WHERE access_id = :access_id AND day = :day AND property = :property ORDER BY device_count DESC, value;
