-- name: day_of_push(push_id)
-- The day on which a push has started, in its application's time zone. No row: no cap, or an in-app message.
SELECT push.access_id, push.plan_id, app.controls->'daily_cap' AS cap, day.since,
       date_add(day.since, '1 day', app.timezone) AS until
FROM pushes AS push
JOIN apps AS app USING (access_id)
CROSS JOIN LATERAL (SELECT date_trunc('day', push.started_at, app.timezone) AS since) AS day
WHERE push.push_id = :push_id AND push.message_type = 'notify' AND app.controls ? 'daily_cap';

-- name: today(access_id, plan_id)
-- The same for a push that is only asked about. No row: no cap.
SELECT app.access_id, :plan_id::text AS plan_id, app.controls->'daily_cap' AS cap, day.since,
       date_add(day.since, '1 day', app.timezone) AS until
FROM apps AS app
CROSS JOIN LATERAL (SELECT date_trunc('day', clock_timestamp(), app.timezone) AS since) AS day
WHERE app.access_id = :access_id AND app.controls ? 'daily_cap';

-- name: lock(access_id)
-- Pushes of an application with a cap get their targets one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('rockdove daily cap', :access_id::bigint));

-- name: slices(access_id, since, until, plans, bulk, first, last)
-- Whom the notifications of a day have as targets, as bitmaps, as far as they lie between two devices. Moved devices are
-- in other slices too, but in one of the planned ones. A failed push has sent nothing.
SELECT slice.targets
FROM pushes AS push JOIN push_slices AS slice USING (push_id)
WHERE push.access_id = :access_id AND push.bulk = ANY (:bulk::boolean[])
  AND push.started_at >= :since AND push.started_at < :until
  AND push.message_type = 'notify' AND push.state <> 'PUSH_FAILED'
  AND (:plans::text[] = '{}' OR CASE push.plan_id WHEN '' THEN '0' ELSE push.plan_id END = ANY (:plans))
  AND slice.cause = 'planned' AND slice.first_device <= :last AND slice.last_device >= :first;

-- name: small_pushes(access_id, since, until, plans, devices)
-- How many small pushes of a day some devices are targets of.
SELECT target.device_id, count(*) AS times
FROM small_push_targets AS target JOIN pushes AS push USING (push_id)
WHERE target.access_id = :access_id AND target.device_id = ANY (:devices)
  AND push.started_at >= :since AND push.started_at < :until
  AND push.message_type = 'notify' AND push.state <> 'PUSH_FAILED'
  AND (:plans::text[] = '{}' OR CASE push.plan_id WHEN '' THEN '0' ELSE push.plan_id END = ANY (:plans))
GROUP BY target.device_id;
