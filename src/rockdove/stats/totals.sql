-- name: position()
SELECT coalesce(max(upto), 0) AS upto, coalesce(max(started), '-infinity')::text AS started FROM rollups WHERE name = 'totals';

-- name: now()
SELECT clock_timestamp()::text AS now;

-- name: keep(upto, started)
INSERT INTO rollups (name, upto, started) VALUES ('totals', :upto, (:started)::text::timestamptz)
ON CONFLICT (name) DO UPDATE SET upto = excluded.upto, started = excluded.started;

-- name: started(since, maximum)
-- Pushes that started lately and have no totals. "Lately" reaches back over what took long to commit.
SELECT push.push_id
FROM apps AS app JOIN pushes AS push USING (access_id)
WHERE coalesce(push.started_at, push.due) > (:since)::text::timestamptz - interval '10 minutes'
  AND push.started_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM push_totals AS total WHERE total.push_id = push.push_id)
ORDER BY push.push_id LIMIT :maximum;

-- name: open()
SELECT push_id FROM push_totals WHERE open AND channel = 'all' ORDER BY push_id;

-- name: confirmed(after, maximum)
-- The next receipts, of minutes that are over: no transaction will add one below them (see receipts/deltas.sql).
SELECT max(delta_id) AS upto, array_agg(DISTINCT push_id) AS push_ids, count(*) AS deltas
FROM (
    SELECT delta_id, push_id FROM receipt_deltas
    WHERE delta_id > :after AND delta_id < coalesce((
        SELECT min(delta_id) FROM receipt_deltas
        WHERE delta_id > :after AND minute >= date_trunc('minute', now()) - interval '1 minute'), 9223372036854775807)
    ORDER BY delta_id LIMIT :maximum
) AS next;

-- name: bulk(push_ids)
SELECT push_id FROM pushes WHERE push_id = ANY (:push_ids::bigint[]) AND bulk;

-- name: write(rows)
INSERT INTO push_totals (push_id, channel, planned, sent, arrived, shown, clicked, cleared, retried, open)
SELECT * FROM jsonb_to_recordset(:rows) AS new (
    push_id bigint, channel text, planned bigint, sent bigint, arrived bigint, shown bigint, clicked bigint, cleared bigint,
    retried bigint, open boolean)
ORDER BY push_id, channel
ON CONFLICT (push_id, channel) DO UPDATE SET
    planned = excluded.planned, sent = excluded.sent, arrived = excluded.arrived, shown = excluded.shown,
    clicked = excluded.clicked, cleared = excluded.cleared, retried = excluded.retried, open = excluded.open;

-- name: of_plan(access_id, plan_id, since, before)
-- Summed up over the pushes of a plan ('' is the default one) that went out in a span of time.
SELECT total.channel, sum(planned)::bigint AS planned, sum(sent)::bigint AS sent, sum(arrived)::bigint AS arrived,
       sum(shown)::bigint AS shown, sum(clicked)::bigint AS clicked, sum(cleared)::bigint AS cleared,
       sum(retried)::bigint AS retried
FROM pushes AS push JOIN push_totals AS total USING (push_id)
WHERE push.access_id = :access_id AND push.plan_id = :plan_id
  AND coalesce(push.started_at, push.due) >= :since AND coalesce(push.started_at, push.due) < :before
GROUP BY total.channel;

-- name: of_plans(access_id, since)
-- Every plan of the pushes that went out since then, with their number and the sums of their totals.
SELECT push.plan_id, count(*) AS pushes, max(coalesce(push.started_at, push.due)) AS last_at,
       coalesce(sum(planned), 0)::bigint AS planned, coalesce(sum(sent), 0)::bigint AS sent,
       coalesce(sum(arrived), 0)::bigint AS arrived, coalesce(sum(clicked), 0)::bigint AS clicked
FROM pushes AS push LEFT JOIN push_totals AS total ON total.push_id = push.push_id AND total.channel = 'all'
WHERE push.access_id = :access_id AND push.started_at IS NOT NULL
  AND coalesce(push.started_at, push.due) >= :since
GROUP BY push.plan_id;

-- name: of_group(access_id, group_id, since, before)
-- The same of a group.
SELECT total.channel, sum(planned)::bigint AS planned, sum(sent)::bigint AS sent, sum(arrived)::bigint AS arrived,
       sum(shown)::bigint AS shown, sum(clicked)::bigint AS clicked, sum(cleared)::bigint AS cleared,
       sum(retried)::bigint AS retried
FROM pushes AS push JOIN push_totals AS total USING (push_id)
WHERE push.access_id = :access_id AND push.group_id = :group_id
  AND coalesce(push.started_at, push.due) >= :since AND coalesce(push.started_at, push.due) < :before
GROUP BY total.channel;
