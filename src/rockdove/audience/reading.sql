-- name: header(access_id)
-- What a snapshot has to fit to be used: the same server history (system identifier and timeline), the same database
-- and tables (their files too: TRUNCATE leaves no rows behind), the deletions seen, and the application's own rules.
SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                 left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
                 (SELECT oid FROM pg_database WHERE datname = current_database()),
                 pg_relation_filenode('devices'), pg_relation_filenode('account_bindings'),
                 pg_relation_filenode('device_tags')) AS identity,
       pg_current_snapshot()::text AS visible,
       (now() AT TIME ZONE 'UTC')::date - date '1970-01-01' AS today,
       coalesce((SELECT purges FROM purge_horizons WHERE access_id = :access_id), 0) AS purges,
       app.platform, app.main_package
FROM apps AS app WHERE app.access_id = :access_id;

-- name: bindings(access_id)
-- The whole table, for a new snapshot.
SELECT device_id, account_type, account, bound_at FROM account_bindings
WHERE access_id = :access_id AND account IS NOT NULL;

-- name: bindings_since(access_id, xmin)
-- What may have changed since a snapshot. Unbound rows are read too: they take the place of the binding they were.
SELECT device_id, account_type, account, bound_at FROM account_bindings
WHERE access_id = :access_id AND changed_xid >= (:xmin)::text::xid8;

-- name: devices(access_id)
SELECT device_id, unregistered_at IS NULL AND uninstalled_at IS NULL AS registered, notifications,
       environment = 'product' AS product, last_seen_day - date '1970-01-01' AS last_seen,
       package_name, app_version, sdk_version, os_version, brand, model, language, country, province, city, channel
FROM devices WHERE access_id = :access_id;

-- name: devices_since(access_id, xmin)
SELECT device_id, unregistered_at IS NULL AND uninstalled_at IS NULL AS registered, notifications,
       environment = 'product' AS product, last_seen_day - date '1970-01-01' AS last_seen,
       package_name, app_version, sdk_version, os_version, brand, model, language, country, province, city, channel
FROM devices WHERE access_id = :access_id AND changed_xid >= (:xmin)::text::xid8;

-- name: tags(access_id)
SELECT device_id, tag_ids FROM device_tags WHERE access_id = :access_id;

-- name: tags_since(access_id, xmin)
SELECT device_id, tag_ids FROM device_tags WHERE access_id = :access_id AND changed_xid >= (:xmin)::text::xid8;

-- name: tag_names(access_id)
-- At most 10,000 (a limit of the devices stage).
SELECT tag_id, tag FROM tags WHERE access_id = :access_id;

-- name: seen_on(access_id, day)
-- Devices last seen on a day (days since 1970). Not from the index: most updates of last_seen_day are not stamped.
SELECT device_id FROM devices WHERE access_id = :access_id AND last_seen_day = date '1970-01-01' + :day;

-- name: tokens(access_id)
-- For packages of tokens: every registered token, read once, so that no index has to hold 36 bytes a device.
SELECT device_id, token FROM devices WHERE access_id = :access_id;

-- name: reached(access_id, push_id)
-- Everybody who has confirmed an earlier push of the same application in any way: each event implies the arrival.
SELECT delta.devices FROM receipt_deltas AS delta JOIN pushes AS push USING (push_id)
WHERE push.push_id = :push_id AND push.access_id = :access_id;
