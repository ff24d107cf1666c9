-- name: put(access_id, channel, enabled, settings, secrets)
-- Replaces what there was.
INSERT INTO channel_settings (access_id, channel, enabled, settings, secrets)
VALUES (:access_id, :channel, :enabled, :settings, :secrets)
ON CONFLICT (access_id, channel) DO UPDATE SET
    enabled = excluded.enabled, settings = excluded.settings, secrets = excluded.secrets, changed_at = clock_timestamp(),
    last_check = NULL;

-- name: locked(access_id, channel)
-- What is there, for one who is about to change it.
SELECT channel, enabled, settings, secrets, changed_at, last_check FROM channel_settings
WHERE access_id = :access_id AND channel = :channel FOR UPDATE;

-- name: one(access_id, channel)
-- What is there.
SELECT channel, enabled, settings, secrets, changed_at, last_check FROM channel_settings
WHERE access_id = :access_id AND channel = :channel;

-- name: of(access_id)
-- Every channel of an application.
SELECT channel, enabled, settings, secrets, changed_at, last_check FROM channel_settings
WHERE access_id = :access_id ORDER BY channel;

-- name: remove(access_id, channel)
DELETE FROM channel_settings WHERE access_id = :access_id AND channel = :channel RETURNING channel;

-- name: set_enabled(access_id, channel, enabled)
-- changed_at moves on: whoever has it open reads it again.
UPDATE channel_settings SET enabled = :enabled, changed_at = clock_timestamp()
WHERE access_id = :access_id AND channel = :channel RETURNING channel;

-- name: keep_check(access_id, channel, changed_at, check)
-- What was found of the settings of that time; one that got no answer leaves the end of a certificate as it was known.
UPDATE channel_settings
SET last_check = jsonb_build_object('expires_at', last_check->'expires_at') || jsonb_strip_nulls(:check)
WHERE access_id = :access_id AND channel = :channel AND changed_at = :changed_at;
