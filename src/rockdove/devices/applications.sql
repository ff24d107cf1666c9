-- name: lock_numbering
-- Two applications created at once get two ids.
SELECT pg_advisory_xact_lock(hashtext('rockdove applications'));

-- name: next_access_id(first, last)
-- One above the highest id of the platform's range; ids brought along from TPNS lie in it too.
SELECT coalesce(max(access_id) + 1, :first::bigint) AS access_id FROM apps WHERE access_id BETWEEN :first AND :last;

-- name: insert(access_id, name, platform, access_key, secret_key, main_package, timezone, allowed_networks, product_id)
-- No row: the id is taken.
INSERT INTO apps (access_id, name, platform, access_key, secret_key, main_package, timezone, allowed_networks,
                  product_id)
VALUES (:access_id, :name, :platform, :access_key, :secret_key, :main_package, :timezone, :allowed_networks::text[]::cidr[],
        :product_id)
ON CONFLICT (access_id) DO NOTHING
RETURNING access_id;

-- name: create_device_ids(access_id)
-- Device ids are dense within an application, for bitmaps like them so. Registration and import draw from the sequence.
-- (DDL takes no parameters, so the statement is put together by the database.)
SELECT format('CREATE SEQUENCE device_ids_%s AS bigint START 1 MAXVALUE 4294967295', :access_id::bigint) AS statement;

-- name: find(access_id)
SELECT access_id, name, platform, access_key, secret_key, main_package, timezone, allowed_networks::text[],
       device_binding, disabled_at IS NOT NULL AS disabled, controls, product_id, other_packages, rates
FROM apps WHERE access_id = :access_id;

-- name: list_all
SELECT access_id, name, platform, access_key, secret_key, main_package, timezone, allowed_networks::text[],
       device_binding, disabled_at IS NOT NULL AS disabled, controls, product_id, other_packages, rates
FROM apps ORDER BY access_id;

-- name: set_controls(access_id, controls)
-- No row: there is no such application.
UPDATE apps SET controls = :controls WHERE access_id = :access_id RETURNING access_id;

-- name: set_rates(access_id, rates)
-- No row: there is no such application.
UPDATE apps SET rates = :rates WHERE access_id = :access_id RETURNING access_id;

-- name: platform_taken(product_id, platform)
SELECT access_id FROM apps WHERE product_id = :product_id AND platform = :platform;

-- name: change(access_id, name, main_package, other_packages, timezone, allowed_networks, device_binding)
UPDATE apps SET name = :name, main_package = :main_package, other_packages = :other_packages, timezone = :timezone,
    allowed_networks = :allowed_networks::text[]::cidr[], device_binding = :device_binding
WHERE access_id = :access_id;

-- name: set_secret_key(access_id, secret_key)
UPDATE apps SET secret_key = :secret_key WHERE access_id = :access_id RETURNING access_id;

-- name: set_disabled(access_id, disabled)
UPDATE apps SET disabled_at = CASE WHEN :disabled::boolean THEN coalesce(disabled_at, now()) END
WHERE access_id = :access_id RETURNING access_id;
