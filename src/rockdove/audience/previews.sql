-- name: ask(access_id, request, listing)
INSERT INTO previews (access_id, request, listing) VALUES (:access_id, :request, :listing) RETURNING preview_id;

-- name: claim(owner, seconds)
-- The oldest one that waits and that nobody holds. The lease expires by itself when its worker dies.
UPDATE previews SET
    lease_owner = :owner,
    lease_until = clock_timestamp() + make_interval(secs => :seconds),
    attempts    = attempts + 1
WHERE preview_id = (
    SELECT preview_id FROM previews
    WHERE state = 'waiting' AND (lease_until IS NULL OR lease_until < clock_timestamp())
    ORDER BY preview_id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING preview_id, request, listing, attempts;

-- name: answer(preview_id, state, result, object_prefix, failure)
UPDATE previews SET
    state = :state, result = :result, object_prefix = :object_prefix, failure = :failure,
    finished_at = clock_timestamp()
WHERE preview_id = :preview_id AND state = 'waiting';

-- name: get(access_id, preview_id)
SELECT request, state, result, object_prefix, failure FROM previews WHERE preview_id = :preview_id AND access_id = :access_id;

-- name: forget(hours)
-- Previews are looked at once, soon after they were asked for.
DELETE FROM previews WHERE created_at < now() - make_interval(hours => :hours);
