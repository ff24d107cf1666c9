-- name: unplanned(most)
-- Started pushes with an accept_time of which nobody has looked yet when their hours begin.
SELECT push_id, message->'accept_time' AS accept_time, timezone, started_at, expires_at
FROM pushes JOIN apps USING (access_id)
WHERE state IN ('PUSH_STARTED', 'PUSH_FINISHED') AND (nudge_at IS NOT NULL OR message ? 'accept_time') AND nudge_at IS NULL
LIMIT :most;

-- name: plan(push_ids, nudges_at)
UPDATE pushes SET nudge_at = coalesce(planned.nudge_at, 'infinity')
FROM unnest(:push_ids::bigint[], :nudges_at::timestamptz[]) AS planned (push_id, nudge_at)
WHERE pushes.push_id = planned.push_id AND pushes.nudge_at IS NULL;

-- name: claim(seconds, most)
-- The nudges of one application that are due, all together: a device is told once of everything. Until it is settled, a
-- nudge is due again after `seconds`; whoever holds it knows it by that time.
WITH due AS (
    SELECT push_id FROM pushes
    WHERE state IN ('PUSH_STARTED', 'PUSH_FINISHED') AND (nudge_at IS NOT NULL OR message ? 'accept_time')
      AND nudge_at <= now() AND access_id = (
          SELECT access_id FROM pushes
          WHERE state IN ('PUSH_STARTED', 'PUSH_FINISHED') AND (nudge_at IS NOT NULL OR message ? 'accept_time')
            AND nudge_at <= now()
          ORDER BY nudge_at LIMIT 1)
    ORDER BY push_id LIMIT :most
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE pushes SET nudge_at = now() + make_interval(secs => :seconds)
FROM due, apps
WHERE pushes.push_id = due.push_id AND apps.access_id = pushes.access_id
RETURNING pushes.push_id, pushes.access_id, pushes.nudge_at AS held, now() AS now, message->'accept_time' AS accept_time,
          timezone, expires_at;

-- name: renew(push_ids, held, seconds)
-- One that was asked for anew meanwhile is no longer held.
UPDATE pushes SET nudge_at = now() + make_interval(secs => :seconds)
WHERE push_id = ANY (:push_ids) AND nudge_at = :held
RETURNING nudge_at AS held;

-- name: settle(push_ids, nudges_at, held)
UPDATE pushes SET nudge_at = coalesce(next.nudge_at, 'infinity')
FROM unnest(:push_ids::bigint[], :nudges_at::timestamptz[]) AS next (push_id, nudge_at)
WHERE pushes.push_id = next.push_id AND pushes.nudge_at = :held;

-- name: ask(push_id)
UPDATE pushes SET nudge_at = now() WHERE push_id = :push_id;
