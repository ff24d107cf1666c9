-- name: device(access_id, token)
SELECT device_id, token, platform, package_name, app_version, sdk_version, os_version, brand, model, language, country,
       province, city, environment, channel, channel_token, notifications, secret_hash IS NOT NULL AS claimed,
       registered_at, unregistered_at, uninstalled_at, last_seen_day,
       last_seen_day < (now() AT TIME ZONE 'UTC')::date - 90 AS absent
FROM devices WHERE access_id = :access_id AND token = :token;

-- name: bindings(access_id, device_id)
SELECT account_type, account, bound_at FROM account_bindings
WHERE access_id = :access_id AND device_id = :device_id AND account IS NOT NULL ORDER BY account_type;

-- name: tags(access_id, device_id)
SELECT tag FROM device_tags JOIN tags USING (access_id)
WHERE access_id = :access_id AND device_id = :device_id AND tag_id = ANY (tag_ids) ORDER BY tag;

-- name: of_account(access_id, account_type, account, skipped, maximum)
-- Newest binding first, by the index that serves pushes.
SELECT device.token, binding.bound_at, device.brand, device.model, device.channel, device.notifications,
       device.unregistered_at IS NOT NULL AS unregistered, device.uninstalled_at IS NOT NULL AS uninstalled,
       device.last_seen_day < (now() AT TIME ZONE 'UTC')::date - 90 AS absent, device.last_seen_day
FROM account_bindings AS binding JOIN devices AS device USING (access_id, device_id)
WHERE binding.access_id = :access_id AND binding.account_type = :account_type AND binding.account = :account
ORDER BY binding.bound_at DESC, binding.device_id DESC OFFSET :skipped LIMIT :maximum;

-- name: count_of_account(access_id, account_type, account)
SELECT count(*) AS devices FROM account_bindings
WHERE access_id = :access_id AND account_type = :account_type AND account = :account;
