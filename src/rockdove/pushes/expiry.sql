-- name: old(days, most)
-- Pushes that are over and went out, or would have, more than so many days ago; but not those that a push which still waits
-- leaves out the devices of. Of each application the first ones, for which there is an index; another worker may have others.
SELECT old.push_id
FROM apps AS app
CROSS JOIN LATERAL (
    SELECT push_id FROM pushes AS push
    WHERE push.access_id = app.access_id
      AND coalesce(started_at, due) < now() - make_interval(days => :days)
      AND state NOT IN ('PUSH_INIT', 'PUSH_WAIT', 'PUSH_STARTED', 'PUSH_PAUSED')
      AND (expires_at IS NULL OR expires_at < now())
      AND NOT EXISTS (
          SELECT FROM pushes AS later
          WHERE later.state IN ('PUSH_INIT', 'PUSH_WAIT') AND (later.audience->>'exclude_push_id')::bigint = push.push_id
      )
    ORDER BY coalesce(started_at, due), push_id
    LIMIT :most
    FOR UPDATE SKIP LOCKED
) AS old;

-- name: forget_slices(push_ids)
-- With who left them.
DELETE FROM push_slices WHERE push_id = ANY (:push_ids::bigint[]);

-- name: forget(push_ids)
-- With their receipts and totals.
DELETE FROM pushes WHERE push_id = ANY (:push_ids::bigint[]);
