-- name: mark(access_id, channel, device_ids, tokens, sinces)
-- The vendor says that nobody listens to these tokens any more: the app was uninstalled. Unless the device has another
-- token by now, or was seen after the vendor last knew.
UPDATE devices AS device SET uninstalled_at = clock_timestamp()
FROM unnest(:device_ids::bigint[], :tokens::text[], :sinces::timestamptz[]) AS gone (device_id, token, since)
WHERE device.access_id = :access_id AND device.device_id = gone.device_id AND device.channel = :channel
  AND device.channel_token = gone.token AND device.uninstalled_at IS NULL
  AND (gone.since IS NULL OR device.last_seen_day <= (gone.since AT TIME ZONE 'UTC')::date);
