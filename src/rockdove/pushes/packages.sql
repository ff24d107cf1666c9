-- name: use(access_id, package_id, last_due)
-- A package is kept for 90 days after its last use, counted from when the last push that uses it goes out. No row: no push can
-- use it. The row's lock keeps it from being deleted before the push that refers to it is there.
UPDATE packages SET
    last_used_at = clock_timestamp(),
    expires_at   = greatest(expires_at, coalesce(:last_due::timestamptz, clock_timestamp()) + interval '90 days')
WHERE access_id = :access_id AND package_id = :package_id::bigint AND state = 'ready' AND expires_at > clock_timestamp()
RETURNING package_id;
