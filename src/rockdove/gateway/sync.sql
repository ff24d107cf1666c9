-- name: asking(access_ids, device_ids)
-- The devices that ask, as they are registered. `stale`: not seen yet today (UTC), so it has to be written.
SELECT device.access_id, device.device_id, device.unregistered_at IS NULL AS registered,
       device.last_seen_day <> (now() AT TIME ZONE 'UTC')::date AS stale
FROM unnest(:access_ids::bigint[], :device_ids::bigint[]) AS asking (access_id, device_id)
JOIN devices AS device USING (access_id, device_id);

-- name: seen(access_ids, device_ids)
-- Once a day and device. Rows that somebody else is changing are left for the next sync: nobody waits for a date, and two
-- gateways can't lock each other out.
UPDATE devices AS device SET last_seen_day = (now() AT TIME ZONE 'UTC')::date
FROM (
    SELECT access_id, device_id
    FROM unnest(:access_ids::bigint[], :device_ids::bigint[]) AS asking (access_id, device_id)
    JOIN devices USING (access_id, device_id)
    FOR NO KEY UPDATE OF devices SKIP LOCKED
) AS mine
WHERE device.access_id = mine.access_id AND device.device_id = mine.device_id;

-- name: small_pushes(access_ids, device_ids, most)
-- The newest small pushes of each device, by index, and how many slices each has now: more than we know of means that some
-- were added. The own channel's slices decide in the end who is a target of it.
SELECT asking.access_id, asking.device_id, push.push_id, push.send_seq,
       (SELECT count(*) FROM push_slices AS slice WHERE slice.push_id = push.push_id) AS slices
FROM unnest(:access_ids::bigint[], :device_ids::bigint[]) AS asking (access_id, device_id)
CROSS JOIN LATERAL (
    SELECT push_id, send_seq
    FROM small_push_targets AS target JOIN pushes USING (push_id)
    WHERE target.access_id = asking.access_id AND target.device_id = asking.device_id
      AND state IN ('PUSH_STARTED', 'PUSH_PAUSED', 'PUSH_FINISHED')
      AND expires_at > clock_timestamp() AND expire_seconds > 0
      AND EXISTS (SELECT FROM push_slices AS slice WHERE slice.push_id = target.push_id AND slice.channel = 'xg')
    ORDER BY send_seq DESC LIMIT :most
) AS push;

-- name: handed_out(push_ids)
-- Asked last, with the answer ready: of the pushes in it, those that may be handed out at this moment, if the windows of
-- their accept_time are open.
SELECT push_id, message->'accept_time' AS accept_time, timezone, clock_timestamp() AS now
FROM pushes JOIN apps USING (access_id)
WHERE push_id = ANY (:push_ids) AND state IN ('PUSH_STARTED', 'PUSH_FINISHED') AND expires_at > clock_timestamp();

-- name: missed(push_ids)
-- Whom some pushes were published to over the own channel while they were not connected.
SELECT push_id, offline FROM push_slices WHERE push_id = ANY (:push_ids) AND channel = 'xg' AND offline IS NOT NULL;

-- name: small_revoked(access_ids, device_ids, most)
-- The newest small pushes of each device that were revoked.
SELECT asking.access_id, asking.device_id, push.push_id
FROM unnest(:access_ids::bigint[], :device_ids::bigint[]) AS asking (access_id, device_id)
CROSS JOIN LATERAL (
    SELECT push_id
    FROM small_push_targets AS target JOIN pushes USING (push_id)
    WHERE target.access_id = asking.access_id AND target.device_id = asking.device_id
      AND state = 'PUSH_REVOKED' AND expires_at > clock_timestamp()
    ORDER BY send_seq DESC LIMIT :most
) AS push;

-- name: messages(push_ids)
-- What is sent of a push.
SELECT push_id, message_type, message, send_seq, expires_at, collapse_id FROM pushes WHERE push_id = ANY (:push_ids);
