-- name: put(access_id, channel, enabled, settings, secrets)
-- Replaces what there was.
INSERT INTO channel_settings (access_id, channel, enabled, settings, secrets)
VALUES (:access_id, :channel, :enabled, :settings, :secrets)
ON CONFLICT (access_id, channel) DO UPDATE SET
    enabled = excluded.enabled, settings = excluded.settings, secrets = excluded.secrets, changed_at = clock_timestamp();

-- name: locked(access_id, channel)
-- What is there, for one who is about to change it.
SELECT channel, enabled, settings, secrets, changed_at FROM channel_settings
WHERE access_id = :access_id AND channel = :channel FOR UPDATE;

-- name: of(access_id)
-- Every channel of an application.
SELECT channel, enabled, settings, secrets, changed_at FROM channel_settings WHERE access_id = :access_id ORDER BY channel;

-- name: remove(access_id, channel)
DELETE FROM channel_settings WHERE access_id = :access_id AND channel = :channel RETURNING channel;
