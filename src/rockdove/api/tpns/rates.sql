-- name: take_turn(access_id, name, seconds)
-- A bucket of one: a turn every `seconds`. No row: it is too early. The row's lock makes concurrent callers queue, each
-- sees what the one before did; a caller that fails later rolls its turn back.
INSERT INTO rate_limits AS rate (access_id, name, window_at, used) VALUES (:access_id, :name, clock_timestamp(), 1)
ON CONFLICT (access_id, name) DO UPDATE SET window_at = clock_timestamp(), used = 1
WHERE rate.window_at <= clock_timestamp() - make_interval(secs => :seconds::float8)
RETURNING window_at;

-- name: count(access_id, name, unit, maximum, timezone)
-- So many calls a clock hour, or day, of the application's time zone. No row: the calls of this one are used up.
INSERT INTO rate_limits AS rate (access_id, name, window_at, used)
VALUES (:access_id, :name, date_trunc(:unit, clock_timestamp(), :timezone), 1)
ON CONFLICT (access_id, name) DO UPDATE SET
    used = CASE WHEN rate.window_at = excluded.window_at THEN rate.used + 1 ELSE 1 END,
    window_at = excluded.window_at
WHERE rate.window_at <> excluded.window_at OR rate.used < :maximum
RETURNING used;
