-- name: next_own()
-- One slice of the own channel that is due and that nobody holds, oldest first. Slices of a push that has ended are found
-- too: dispatch closes them without sending.
SELECT push_id, slice_no FROM push_slices
WHERE state <> 'done' AND channel = 'xg' AND due <= clock_timestamp()
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
ORDER BY due, push_id, slice_no
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: next_vendors()
-- The same of the vendors' channels: an index for each, so that nobody walks past what waits for the others.
SELECT push_id, slice_no FROM push_slices
WHERE state <> 'done' AND channel <> 'xg' AND due <= clock_timestamp()
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
ORDER BY due, push_id, slice_no
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: claim(push_id, slice_no, owner, seconds)
-- A slice that was found, with what sending it needs. The lease expires by itself when its worker dies; `attempts` tells
-- this claim from an earlier one of the same worker.
UPDATE push_slices AS slice SET
    lease_owner = :owner,
    lease_until = clock_timestamp() + make_interval(secs => :seconds),
    attempts    = slice.attempts + 1
FROM pushes AS push, apps AS app
WHERE slice.push_id = :push_id AND slice.slice_no = :slice_no AND push.push_id = slice.push_id
  AND app.access_id = slice.access_id
RETURNING slice.push_id, slice.slice_no, slice.attempts, slice.access_id, slice.channel, slice.state, slice.targets,
          slice.target_count, slice.sent_upto, slice.offline, slice.cause, slice.round, slice.fallback, slice.recalled_upto, slice.turn_taken,
          push.state AS push_state, push.push_speed, push.online_first, push.disabled_channels, push.expire_seconds,
          push.expires_at, push.message->'accept_time' AS accept_time, app.timezone,
          push.expire_seconds > 0 AND push.expires_at <= clock_timestamp() AS expired;

-- name: take_turn(push_id, count)
-- Pacing. A paced push may send `count` devices now only if its turn has come; taking it moves the next turn by the time
-- they are worth, over all its slices, channels and retries, so a late slice shifts the rest and an outage is not
-- followed by a burst. No row: it is not our turn. A lock is not waited for: who ends a push takes its row first and
-- the slices after it, we the other way round.
UPDATE pushes SET next_send_at = clock_timestamp() + make_interval(secs => :count::float8 / push_speed)
WHERE push_id = (
    SELECT push_id FROM pushes WHERE push_id = :push_id AND next_send_at <= clock_timestamp()
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING next_send_at;

-- name: pass_turn(push_id, due)
-- The slices of a paced push wait at infinity, so that nobody has to look at them, and each one that is claimed calls the
-- next.
UPDATE push_slices SET due = :due
WHERE (push_id, slice_no) = (
    SELECT push_id, slice_no FROM push_slices
    WHERE push_id = :push_id AND state = 'due' AND due = 'infinity' ORDER BY slice_no LIMIT 1 FOR UPDATE SKIP LOCKED
);

-- name: wait_for_turn(push_id, slice_no)
-- Claimed out of turn: put back until the turn comes, to the very moment at which the next slices are called, so that it stays
-- before them. Where the turn had come and somebody else was about to take it, which this transaction is as old as: a moment.
UPDATE push_slices AS slice SET
    lease_owner = NULL,
    lease_until = NULL,
    attempts    = slice.attempts - 1,
    due         = CASE WHEN push.next_send_at > now() THEN push.next_send_at ELSE clock_timestamp() + interval '10 ms' END
FROM pushes AS push
WHERE slice.push_id = :push_id AND slice.slice_no = :slice_no AND push.push_id = slice.push_id;

-- name: message(push_id)
-- What is sent is the same for every device of a push; read once a push and kept.
SELECT push_id, message_type, message, send_seq, expires_at, expire_seconds, environment, collapse_id FROM pushes WHERE push_id = :push_id;

-- name: advance(push_id, slice_no, owner, attempt, seconds, sent_upto, offline)
-- After each batch's flush: what was handed over, and the lease goes on; with how the push stands, so that the worker stops
-- behind the batch in flight, whose devices are counted. No row: the lease is lost.
UPDATE push_slices AS slice SET
    sent_upto   = :sent_upto,
    sent_marks  = slice.sent_marks || jsonb_build_object(minute_of(clock_timestamp())::text, :sent_upto::bigint),
    offline     = :offline,
    lease_until = clock_timestamp() + make_interval(secs => :seconds)
FROM pushes AS push
WHERE slice.push_id = :push_id AND slice.slice_no = :slice_no AND slice.lease_owner = :owner AND slice.attempts = :attempt
  AND slice.state = 'due' AND push.push_id = slice.push_id
RETURNING push.state, push.expire_seconds > 0 AND push.expires_at <= clock_timestamp() AS expired;

-- name: renew(push_id, slice_no, owner, attempt, seconds)
-- A slow channel keeps its lease.
UPDATE push_slices SET lease_until = clock_timestamp() + make_interval(secs => :seconds)
WHERE push_id = :push_id AND slice_no = :slice_no AND lease_owner = :owner AND attempts = :attempt;

-- name: leave(push_id, slice_no, owner, attempt, state, due_in)
-- The worker is through with the slice: `state` says what is still to do with it, in `due_in` seconds (NULL: when it was
-- due anyway).
UPDATE push_slices SET
    state       = :state,
    due         = CASE WHEN :due_in::float8 IS NULL THEN due ELSE clock_timestamp() + make_interval(secs => :due_in) END,
    lease_owner = NULL,
    lease_until = NULL
WHERE push_id = :push_id AND slice_no = :slice_no AND lease_owner = :owner AND attempts = :attempt AND state <> 'done'
RETURNING slice_no;

-- name: put_back(push_id, slice_no, owner, attempt, seconds)
-- Due again in a while, with its cursor where it is. A paused push's slice stays at infinity.
UPDATE push_slices SET
    lease_owner = NULL,
    lease_until = NULL,
    turn_taken  = false,
    due         = CASE WHEN due = 'infinity' THEN due ELSE clock_timestamp() + make_interval(secs => :seconds) END
WHERE push_id = :push_id AND slice_no = :slice_no AND lease_owner = :owner AND attempts = :attempt AND state <> 'done';

-- name: wait_for_channel(push_id, slice_no, owner, attempt, seconds)
-- Like `put_back`, for one that had its push's turn and waits for its channel's: the push is not slowed down twice.
UPDATE push_slices SET
    lease_owner = NULL,
    lease_until = NULL,
    turn_taken  = true,
    attempts    = attempts - 1,
    due         = CASE WHEN due = 'infinity' THEN due ELSE clock_timestamp() + make_interval(secs => :seconds) END
WHERE push_id = :push_id AND slice_no = :slice_no AND lease_owner = :owner AND attempts = :attempt AND state <> 'done';

-- name: lock_push(push_id)
-- Held while a slice closes: two workers closing the last two slices would else each see the other's as open.
SELECT state, expire_seconds > 0 AND expires_at <= clock_timestamp() AS expired
FROM pushes WHERE push_id = :push_id FOR NO KEY UPDATE;

-- name: is_through(push_id)
-- Has every slice of the push been sent?
SELECT NOT EXISTS (SELECT FROM push_slices WHERE push_id = :push_id AND state = 'due') AS through;

-- name: release_all(owner)
-- A worker that starts under the name of a dead one frees what that one held, instead of waiting for the leases.
UPDATE push_slices SET lease_owner = NULL, lease_until = NULL WHERE state <> 'done' AND lease_owner = :owner;

-- name: seconds_to_next_own()
-- When is there something to claim next? NULL: nothing waits.
SELECT extract(epoch FROM min(greatest(due, coalesce(lease_until, due))) - clock_timestamp())::float8 AS seconds
FROM push_slices WHERE state <> 'done' AND channel = 'xg' AND due < 'infinity';

-- name: seconds_to_next_vendors()
SELECT extract(epoch FROM min(greatest(due, coalesce(lease_until, due))) - clock_timestamp())::float8 AS seconds
FROM push_slices WHERE state <> 'done' AND channel <> 'xg' AND due < 'infinity';

-- name: recall_upto(push_id, slice_no, owner, attempt, seconds, recalled_upto)
-- No row: the lease is lost.
UPDATE push_slices SET
    recalled_upto = :recalled_upto,
    lease_until   = clock_timestamp() + make_interval(secs => :seconds)
WHERE push_id = :push_id AND slice_no = :slice_no AND lease_owner = :owner AND attempts = :attempt AND state = 'recalling'
RETURNING slice_no;

-- name: confirmed(push_id, slice_no)
-- Whoever has reported anything about a slice.
SELECT devices FROM receipt_deltas WHERE push_id = :push_id AND slice_no = :slice_no;

-- name: add_exception(push_id, slice_no, kind, reason, devices)
INSERT INTO slice_exceptions (push_id, slice_no, kind, reason, devices)
VALUES (:push_id, :slice_no, :kind, :reason, :devices);

-- name: add_slice(push_id, access_id, channel, first_device, last_device, target_count, targets, due_in, cause, round, fallback)
-- Devices that leave a slice for another one. The push's row is locked, so the number is free; and what leaves the batch in
-- flight of a push that is held waits with the rest.
INSERT INTO push_slices (push_id, slice_no, access_id, channel, first_device, last_device, target_count, targets, due, cause,
                         round, fallback)
SELECT :push_id, (SELECT max(slice_no) + 1 FROM push_slices WHERE push_id = :push_id), :access_id, :channel, :first_device,
       :last_device, :target_count, :targets,
       CASE WHEN push.state = 'PUSH_PAUSED' THEN 'infinity' ELSE clock_timestamp() + make_interval(secs => :due_in) END,
       :cause, :round, :fallback
FROM pushes AS push WHERE push.push_id = :push_id;

-- name: departed(push_id, slice_no)
-- Who has left a slice, also ahead of its cursor.
SELECT devices FROM slice_exceptions WHERE push_id = :push_id AND slice_no = :slice_no;

-- name: tokens(access_id, channel, device_ids)
-- The vendor tokens of some devices (an array as text), as they are now: who has left the vendor's channel is not among
-- them. As two arrays: a row a device costs the worker four times as much.
SELECT array_agg(device_id ORDER BY device_id) AS device_ids, array_agg(channel_token ORDER BY device_id) AS tokens
FROM devices
WHERE access_id = :access_id AND device_id = ANY (:device_ids::text::bigint[]) AND channel = :channel
  AND channel_token <> ''
  AND unregistered_at IS NULL AND uninstalled_at IS NULL;
