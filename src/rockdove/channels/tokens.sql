-- name: make_row(access_id, channel)
-- Something to hold while a first token is fetched; it has ended before it began.
INSERT INTO channel_tokens (access_id, channel, credentials, token, expires_at)
VALUES (:access_id, :channel, '', '', 'epoch')
ON CONFLICT (access_id, channel) DO NOTHING;

-- name: found(access_id, channel)
SELECT credentials, token, expires_at FROM channel_tokens WHERE access_id = :access_id AND channel = :channel;

-- name: locked(access_id, channel)
-- Whoever fetches a token holds its row.
SELECT credentials, token, expires_at FROM channel_tokens WHERE access_id = :access_id AND channel = :channel FOR UPDATE;

-- name: keep(access_id, channel, credentials, token, expires_at)
-- A fetched token, for everybody.
UPDATE channel_tokens SET credentials = :credentials, token = :token, expires_at = :expires_at
WHERE access_id = :access_id AND channel = :channel;

-- name: forget(access_id, channel)
-- The vendor does not take it: the next caller fetches another.
DELETE FROM channel_tokens WHERE access_id = :access_id AND channel = :channel;
