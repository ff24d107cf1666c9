-- name: claim(owner, seconds)
-- One slice that is due and that nobody holds, oldest first, with what sending it needs. The lease expires by itself when
-- its worker dies. Slices of a push that was stopped are claimed too: dispatch closes them without sending.
WITH candidate AS (
    SELECT slice.push_id, slice.slice_no
    FROM push_slices AS slice JOIN pushes AS push USING (push_id)
    WHERE slice.state = 'due' AND slice.due <= clock_timestamp()
      AND (slice.lease_until IS NULL OR slice.lease_until < clock_timestamp())
      AND push.next_send_at <= clock_timestamp()
    ORDER BY slice.due, slice.push_id, slice.slice_no
    LIMIT 1
    FOR UPDATE OF slice SKIP LOCKED
)
UPDATE push_slices AS slice SET
    lease_owner = :owner,
    lease_until = clock_timestamp() + make_interval(secs => :seconds),
    attempts    = slice.attempts + 1
FROM candidate, pushes AS push
WHERE slice.push_id = candidate.push_id AND slice.slice_no = candidate.slice_no AND push.push_id = slice.push_id
RETURNING slice.push_id, slice.slice_no, slice.access_id, slice.channel, slice.targets, slice.sent_upto, slice.offline,
          slice.target_count, push.state, push.push_speed,
          push.expire_seconds > 0 AND push.expires_at <= clock_timestamp() AS expired;

-- name: take_turn(push_id, count)
-- Pacing. A paced push may send `count` devices now only if its turn has come; taking it moves the next turn by the time
-- they are worth, over all its slices, channels and retries. No row: somebody else took the turn.
UPDATE pushes SET
    next_send_at = clock_timestamp() + make_interval(secs => :count::float8 / push_speed)
WHERE push_id = :push_id AND next_send_at <= clock_timestamp()
RETURNING next_send_at;

-- name: message(push_id)
-- What is sent is the same for every device of a push; read once a push and kept.
SELECT push_id, message_type, message, send_seq, expires_at FROM pushes WHERE push_id = :push_id;

-- name: advance(push_id, slice_no, owner, seconds, sent_upto, offline)
-- After each batch's flush: what was handed over, and the lease goes on. No row: the lease is lost, or the push was
-- stopped; the worker lets go at once.
UPDATE push_slices AS slice SET
    sent_upto   = :sent_upto,
    offline     = :offline,
    lease_until = clock_timestamp() + make_interval(secs => :seconds)
FROM pushes AS push
WHERE slice.push_id = :push_id AND slice.slice_no = :slice_no AND slice.lease_owner = :owner AND slice.state = 'due'
  AND push.push_id = slice.push_id AND push.state = 'PUSH_STARTED'
RETURNING slice.slice_no;

-- name: close(push_id, slice_no, owner)
-- The slice is through: every target was handed over (or its push ended first).
UPDATE push_slices SET state = 'done', lease_owner = NULL, lease_until = NULL
WHERE push_id = :push_id AND slice_no = :slice_no AND lease_owner = :owner AND state = 'due'
RETURNING slice_no;

-- name: put_back(push_id, slice_no, owner, seconds)
-- The channel is away: the slice becomes due again in a while, with its cursor where it is.
UPDATE push_slices SET lease_owner = NULL, lease_until = NULL, due = clock_timestamp() + make_interval(secs => :seconds)
WHERE push_id = :push_id AND slice_no = :slice_no AND lease_owner = :owner AND state = 'due';

-- name: lock_push(push_id)
-- Held while a slice closes: two workers closing the last two slices would else each see the other's as open.
SELECT state FROM pushes WHERE push_id = :push_id FOR NO KEY UPDATE;

-- name: is_through(push_id)
-- Has every slice of the push been closed?
SELECT NOT EXISTS (SELECT FROM push_slices WHERE push_id = :push_id AND state = 'due') AS through;

-- name: release_all(owner)
-- A worker that starts under the name of a dead one frees what that one held, instead of waiting for the leases.
UPDATE push_slices SET lease_owner = NULL, lease_until = NULL WHERE state = 'due' AND lease_owner = :owner;

-- name: seconds_to_next()
-- When is there something to claim next? NULL: nothing waits.
SELECT extract(epoch FROM min(greatest(slice.due, push.next_send_at, coalesce(slice.lease_until, slice.due)))
               - clock_timestamp())::float8 AS seconds
FROM push_slices AS slice JOIN pushes AS push USING (push_id)
WHERE slice.state = 'due';
