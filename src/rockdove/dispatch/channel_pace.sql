-- name: take_turn(access_id, channel, seconds, burst)
-- Devices that are worth `seconds` of the channel's rate may be sent to now, and move the next turn by that time; who was
-- idle has at most `burst` seconds of it saved up. No row: the channel's turn has not come, or it is stopped.
INSERT INTO channel_pace AS pace (access_id, channel, next_send_at)
VALUES (:access_id, :channel, clock_timestamp() + make_interval(secs => :seconds - :burst))
ON CONFLICT (access_id, channel) DO UPDATE SET
    next_send_at = greatest(pace.next_send_at, clock_timestamp() - make_interval(secs => :burst))
                   + make_interval(secs => :seconds)
    WHERE pace.next_send_at <= clock_timestamp() AND pace.stopped_until <= clock_timestamp()
RETURNING next_send_at;

-- name: standing(access_id, channel)
-- How an application's channel stands; in seconds from now, below 0: not any more.
SELECT extract(epoch FROM greatest(next_send_at, now() - interval '1 day') - clock_timestamp())::float8 AS wait,
       extract(epoch FROM greatest(stopped_until, now() - interval '1 day') - clock_timestamp())::float8 AS stopped,
       stop_reason
FROM channel_pace WHERE access_id = :access_id AND channel = :channel;

-- name: pause(access_id, channel, seconds)
-- The vendor asks for patience: nothing is sent before that, by nobody.
INSERT INTO channel_pace AS pace (access_id, channel, next_send_at)
VALUES (:access_id, :channel, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (access_id, channel) DO UPDATE SET
    next_send_at = greatest(pace.next_send_at, clock_timestamp() + make_interval(secs => :seconds));

-- name: stop(access_id, channel, seconds, reason)
-- The vendor takes nothing for so long: devices go over the own channel.
INSERT INTO channel_pace AS pace (access_id, channel, stopped_until, stop_reason)
VALUES (:access_id, :channel, clock_timestamp() + make_interval(secs => :seconds), :reason)
ON CONFLICT (access_id, channel) DO UPDATE SET
    stopped_until = greatest(pace.stopped_until, excluded.stopped_until), stop_reason = excluded.stop_reason;

-- name: resume(access_id, channel)
-- Somebody has changed what it was stopped for.
UPDATE channel_pace SET next_send_at = '-infinity', stopped_until = '-infinity', stop_reason = ''
WHERE access_id = :access_id AND channel = :channel;

-- name: draw(access_id, channel, day, message_class, count, quota)
-- So many of a day's devices as are left, up to `count`.
INSERT INTO channel_quota_days AS days (access_id, channel, day, message_class, used)
VALUES (:access_id, :channel, :day, :message_class, least(:count::bigint, :quota::bigint))
ON CONFLICT (access_id, channel, day, message_class) DO UPDATE SET
    used = greatest(days.used, least(days.used + :count::bigint, :quota::bigint))
RETURNING new.used - coalesce(old.used, 0) AS granted;

-- name: give_back(access_id, channel, day, message_class, count)
-- Of those drawn, the ones the vendor did not take.
UPDATE channel_quota_days SET used = greatest(used - :count, 0)
WHERE access_id = :access_id AND channel = :channel AND day = :day AND message_class = :message_class;

-- name: used(access_id, day)
-- A day's counters of an application.
SELECT channel, message_class, used FROM channel_quota_days WHERE access_id = :access_id AND day = :day;

-- name: forget(day)
-- Days before that are of no interest.
DELETE FROM channel_quota_days WHERE day < :day;
