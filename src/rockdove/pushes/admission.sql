-- name: lock(lock)
-- Two equal pushes at once: the second waits, and then sees the first.
SELECT pg_advisory_xact_lock(:lock);

-- name: is_repeated(access_id, repeat_key, seconds)
-- Has the same been taken lately? Pushes that never went out don't count.
SELECT EXISTS (
    SELECT FROM pushes
    WHERE access_id = :access_id AND repeat_key = :repeat_key
      AND created_at > clock_timestamp() - make_interval(secs => :seconds::integer)
      AND state NOT IN ('PUSH_CANCELED', 'PUSH_FAILED')
) AS repeated;

-- name: package_content(package_id)
SELECT file_sha256 FROM packages WHERE package_id = :package_id;
