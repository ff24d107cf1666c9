-- name: lock(lock)
-- Two calls with the same key at once: the second waits, and then finds the first one's answer, or, where that failed, none.
SELECT pg_advisory_xact_lock(:lock);

-- name: find(access_id, endpoint, key, hours)
SELECT request_hash, answer FROM idempotency_keys
WHERE access_id = :access_id AND endpoint = :endpoint AND key = :key
  AND created_at > clock_timestamp() - make_interval(hours => :hours);

-- name: keep(access_id, endpoint, key, request_hash, answer)
-- A row that is still there is too old to count: it was looked for under the lock.
INSERT INTO idempotency_keys (access_id, endpoint, key, request_hash, answer)
VALUES (:access_id, :endpoint, :key, :request_hash, :answer)
ON CONFLICT (access_id, endpoint, key) DO UPDATE SET
    request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at;

-- name: expire(hours)
DELETE FROM idempotency_keys WHERE created_at <= now() - make_interval(hours => :hours);
