-- name: devices(access_id, channel, tokens)
-- Whose tokens these are. By the hash index on channel_token, a few microseconds each.
SELECT device_id, channel_token FROM devices
WHERE channel_token = ANY (:tokens) AND access_id = :access_id AND channel = :channel;
