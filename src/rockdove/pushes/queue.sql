-- name: claim_due(owner, seconds, maximum)
-- Pushes without an explicit list that are due and that nobody holds, oldest first. The lease expires by itself when its
-- worker dies. The columns are what resolving an audience needs (next_send_at is left out: '-infinity' has no Python value).
WITH candidate AS (
    SELECT push_id FROM pushes
    WHERE NOT listed AND state IN ('PUSH_INIT', 'PUSH_WAIT') AND due <= clock_timestamp()
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
    ORDER BY due, push_id
    LIMIT :maximum
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE pushes AS push SET
    lease_owner = :owner,
    lease_until = clock_timestamp() + make_interval(secs => :seconds::float8),
    attempts    = attempts + 1
FROM candidate WHERE push.push_id = candidate.push_id
RETURNING push.push_id, push.access_id, push.state, push.audience_type, push.audience, push.package_id, push.account_type,
          push.every_device, push.message_type, push.message, push.environment, push.expire_seconds, push.push_speed,
          push.multi_package, push.disabled_channels, push.collapse_id, push.due, push.attempts;

-- name: lock_listed(maximum)
-- Pushes to an explicit list that are due and that nobody holds, oldest first. No lease: they start before the transaction
-- ends, so their rows need not be written twice, and a crash frees them at once. The columns are those of claim_due, and
-- `capped`: does it count against a daily cap?
SELECT push_id, access_id, state, audience_type, audience, package_id, account_type, every_device, message_type, message,
       environment, expire_seconds, push_speed, multi_package, disabled_channels, collapse_id, due, attempts,
       message_type = 'notify' AND EXISTS (
           SELECT FROM apps AS app WHERE app.access_id = push.access_id AND app.controls ? 'daily_cap'
       ) AS capped
FROM pushes AS push
WHERE listed AND state IN ('PUSH_INIT', 'PUSH_WAIT') AND due <= clock_timestamp()
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
ORDER BY due, push_id
LIMIT :maximum
FOR NO KEY UPDATE OF push SKIP LOCKED;

-- name: lease(push_ids, owner, seconds)
-- For those of them that are started one by one after all.
UPDATE pushes SET
    lease_owner = :owner,
    lease_until = clock_timestamp() + make_interval(secs => :seconds::float8),
    attempts    = attempts + 1
WHERE push_id = ANY (:push_ids);

-- name: renew(push_id, owner, seconds)
-- A long resolution keeps its lease. No row: it is lost.
UPDATE pushes SET lease_until = clock_timestamp() + make_interval(secs => :seconds::float8)
WHERE push_id = :push_id AND lease_owner = :owner AND state IN ('PUSH_INIT', 'PUSH_WAIT')
RETURNING push_id;

-- name: release(push_id, owner, seconds)
-- Put back for somebody to try again, in `seconds`.
UPDATE pushes SET lease_owner = NULL, lease_until = clock_timestamp() + make_interval(secs => :seconds::float8)
WHERE push_id = :push_id AND lease_owner = :owner;

-- name: release_all(owner)
-- A worker that starts under the name of a dead one frees what that one held.
UPDATE pushes SET lease_owner = NULL, lease_until = NULL
WHERE lease_owner = :owner AND state IN ('PUSH_INIT', 'PUSH_WAIT');

-- name: lock_startable(push_id)
-- Held until the transaction ends. No row: it has started or ended, or never was.
SELECT push_id FROM pushes WHERE push_id = :push_id AND state IN ('PUSH_INIT', 'PUSH_WAIT') FOR NO KEY UPDATE;

-- name: seconds_to_next(listed)
-- When is there something to claim next? NULL: nothing waits. Of the scheduled ones, which may be very many, the next says it.
SELECT extract(epoch FROM min(greatest(due, lease_until)) - clock_timestamp())::float8 AS seconds
FROM (
    SELECT due, lease_until FROM pushes
    WHERE listed = :listed AND state IN ('PUSH_INIT', 'PUSH_WAIT') AND due <= clock_timestamp()
    UNION ALL
    (SELECT due, lease_until FROM pushes
     WHERE listed = :listed AND state IN ('PUSH_INIT', 'PUSH_WAIT') AND due > clock_timestamp()
     ORDER BY due LIMIT 1)
) AS next;
