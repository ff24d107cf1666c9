-- name: device(access_id, token)
SELECT device_id FROM devices WHERE access_id = :access_id AND token = :token;

-- name: bulk_pushes(access_id, device_id, since)
-- Slices that may hold the device; the bitmap says. A device that moved is in a planned slice too.
SELECT push.push_id, push.audience_type, push.started_at, coalesce(push.message->>'title', '') AS title, slice.targets
FROM pushes AS push JOIN push_slices AS slice USING (push_id)
WHERE push.access_id = :access_id AND push.bulk AND push.started_at IS NOT NULL
  AND coalesce(push.started_at, push.due) >= :since
  AND slice.cause = 'planned' AND slice.first_device <= :device_id AND slice.last_device >= :device_id;

-- name: small_pushes(access_id, device_id, since)
SELECT push.push_id, push.audience_type, push.started_at, coalesce(push.message->>'title', '') AS title
FROM small_push_targets AS target JOIN pushes AS push USING (push_id)
WHERE target.access_id = :access_id AND target.device_id = :device_id
  AND coalesce(push.started_at, push.due) >= :since;
