-- name: wanted(days)
-- Days of the last so many that are not counted for good: never counted, or counted before they were a day over.
SELECT app.access_id, app.timezone, calendar.day::date AS day
FROM apps AS app
CROSS JOIN LATERAL generate_series(
    greatest((now() AT TIME ZONE app.timezone)::date - :days::integer + 1, (app.created_at AT TIME ZONE app.timezone)::date),
    (now() AT TIME ZONE app.timezone)::date, interval '1 day') AS calendar (day)
WHERE NOT EXISTS (
    SELECT FROM channel_days AS counted
    WHERE counted.access_id = app.access_id AND counted.day = calendar.day::date AND counted.channel = 'all'
      AND counted.computed_at > (calendar.day::date + 2)::timestamp AT TIME ZONE app.timezone)
ORDER BY calendar.day DESC, app.access_id;

-- name: slices(access_id, since, before)
-- The slices of pushes that went out within the span.
SELECT slice.push_id, slice.slice_no, slice.channel, slice.cause, slice.sent_upto, slice.last_device, slice.targets, slice.offline
FROM pushes AS push JOIN push_slices AS slice USING (push_id)
WHERE push.access_id = :access_id AND push.started_at IS NOT NULL
  AND coalesce(push.started_at, push.due) >= :since AND coalesce(push.started_at, push.due) < :before
ORDER BY slice.push_id, slice.slice_no;

-- name: exceptions(access_id, since, before)
SELECT push_id, slice_no, kind, devices
FROM pushes AS push JOIN slice_exceptions AS exception USING (push_id)
WHERE push.access_id = :access_id AND push.started_at IS NOT NULL
  AND coalesce(push.started_at, push.due) >= :since AND coalesce(push.started_at, push.due) < :before;

-- name: receipts(access_id, since, before)
-- What devices reported within the span, of whatever push.
SELECT slice.channel, delta.event, delta.devices
FROM receipt_deltas AS delta JOIN push_slices AS slice USING (push_id, slice_no)
WHERE delta.minute >= :since AND delta.minute < :before AND slice.access_id = :access_id;

-- name: clear(access_id, day)
DELETE FROM channel_days WHERE access_id = :access_id AND day = :day;

-- name: write(access_id, day, rows)
INSERT INTO channel_days (access_id, day, channel, planned, sent, arrived, shown, clicked, cleared, retried)
SELECT :access_id, :day, new.* FROM jsonb_to_recordset(:rows) AS new (
    channel text, planned bigint, sent bigint, arrived bigint, shown bigint, clicked bigint, cleared bigint, retried bigint);

-- name: between(access_id, first, last)
SELECT day, channel, planned, sent, arrived, shown, clicked, cleared, retried
FROM channel_days WHERE access_id = :access_id AND day BETWEEN :first AND :last ORDER BY day, channel;
