-- name: app(access_id)
-- What a registering device is checked against.
SELECT access_id, access_key, platform, disabled_at IS NOT NULL AS disabled, main_package, other_packages
FROM apps WHERE access_id = :access_id;

-- name: registered(access_id, token)
-- The device of a token, locked: of two registrations at once the second sees what the first did.
SELECT device_id, client_id, secret_hash FROM devices
WHERE access_id = :access_id AND token = :token FOR NO KEY UPDATE;

-- name: insert(access_id, token, platform, package_name, app_version, sdk_version, os_version, brand, model, language, country, province, city, environment, channel, channel_token, notifications, client_id, secret_hash)
-- A new device. No row: another registration of this token was faster. The number comes from the application's own
-- sequence, and only here, after looking: a retry must not use numbers up, for bitmaps like them dense.
INSERT INTO devices (
    access_id, device_id, token, platform, package_name, app_version, sdk_version, os_version, brand, model, language,
    country, province, city, environment, channel, channel_token, notifications, client_id, secret_hash
)
VALUES (
    :access_id, nextval('device_ids_' || :access_id::bigint), :token, :platform, :package_name, :app_version, :sdk_version,
    :os_version, :brand, :model, :language, :country, :province, :city, :environment, :channel, :channel_token,
    :notifications, :client_id, :secret_hash
)
ON CONFLICT (access_id, token) DO NOTHING
RETURNING device_id;

-- name: update(access_id, device_id, platform, package_name, app_version, sdk_version, os_version, brand, model, language, country, province, city, environment, channel, channel_token, notifications, client_id, secret_hash)
-- A device registers again, at least once a day: what it says now holds. One that says nothing new is not written, for
-- a write here makes it "changed" for every audience index.
UPDATE devices SET
    platform = :platform, package_name = :package_name, app_version = :app_version, sdk_version = :sdk_version,
    os_version = :os_version, brand = :brand, model = :model, language = :language, country = :country,
    province = :province, city = :city, environment = :environment, channel = :channel, channel_token = :channel_token,
    notifications = :notifications, client_id = :client_id, secret_hash = :secret_hash,
    unregistered_at = NULL, uninstalled_at = NULL
WHERE access_id = :access_id AND device_id = :device_id AND (
    unregistered_at IS NOT NULL OR uninstalled_at IS NOT NULL
    OR (platform, package_name, app_version, sdk_version, os_version, brand, model, language, country, province, city,
        environment, channel, channel_token, notifications, client_id, secret_hash)
       IS DISTINCT FROM
       (:platform, :package_name, :app_version, :sdk_version, :os_version, :brand, :model, :language, :country, :province,
        :city, :environment, :channel, :channel_token, :notifications, :client_id, :secret_hash)
);

-- name: seen(access_id, device_id)
-- Registering is being seen; written once a day.
UPDATE devices SET last_seen_day = (now() AT TIME ZONE 'UTC')::date
WHERE access_id = :access_id AND device_id = :device_id AND last_seen_day <> (now() AT TIME ZONE 'UTC')::date;

-- name: unregister(access_id, device_id)
-- The device gets nothing until it registers again; token, number and bindings stay.
UPDATE devices SET unregistered_at = now()
WHERE access_id = :access_id AND device_id = :device_id AND unregistered_at IS NULL;

-- name: standing(access_id, device_id)
-- May this credential still be used, and is the device allowed to bind accounts itself?
SELECT device.token, app.device_binding
FROM devices AS device JOIN apps AS app USING (access_id)
WHERE access_id = :access_id AND device_id = :device_id
  AND device.unregistered_at IS NULL AND app.disabled_at IS NULL;
