-- name: due
-- Channels that are on and were not tested for a day. One that was changed just now is being set up by somebody, who
-- tests it himself.
SELECT access_id, channel FROM channel_settings
WHERE enabled AND changed_at < now() - interval '1 hour'
  AND coalesce((last_check->>'at')::timestamptz, '-infinity') < now() - interval '1 day'
ORDER BY access_id, channel;

-- name: take(access_id, channel)
-- Until the transaction ends no other worker has it; taken is false: one has. The row itself is not held: a test may take
-- 20 seconds, and whoever changes settings should not wait for it.
SELECT pg_try_advisory_xact_lock(hashtextextended('daily check of ' || :channel, :access_id)) AS taken;
