-- name: bound(access_id, account_type, accounts, environment, multi_package, per_account)
-- Up to 1000 accounts by index: of each, its newest eligible devices first (a device is eligible when it is registered,
-- was seen within 90 days and fits the wanted environment and package name). An account without any shows up with an
-- ineligible row; one that is bound nowhere does not show up.
WITH candidate AS (
    SELECT binding.account AS text, binding.device_id, device.notifications, device.channel, binding.bound_at,
           device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
           AND device.last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90
           AND (app.platform <> 'ios' OR device.environment = :environment)
           AND (:multi_package OR app.platform <> 'android' OR app.main_package IN ('', device.package_name)) AS
           eligible
    FROM account_bindings AS binding
    JOIN devices AS device USING (access_id, device_id)
    JOIN apps AS app USING (access_id)
    WHERE binding.access_id = :access_id AND binding.account_type = :account_type AND binding.account = ANY (:accounts)
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY text ORDER BY eligible DESC, bound_at DESC, device_id DESC) AS nth
    FROM candidate
)
SELECT text, device_id, eligible, notifications, channel FROM ranked WHERE nth <= :per_account;

-- name: registered(access_id, tokens, environment, multi_package)
-- Up to 1000 tokens by index; the columns are those of `bound`.
SELECT device.token AS text, device.device_id, device.notifications, device.channel,
       device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
       AND device.last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90
       AND (app.platform <> 'ios' OR device.environment = :environment)
       AND (:multi_package OR app.platform <> 'android' OR app.main_package IN ('', device.package_name)) AS eligible
FROM devices AS device JOIN apps AS app USING (access_id)
WHERE device.access_id = :access_id AND device.token = ANY (:tokens);

-- name: reached(access_id, push_id)
-- Everybody who has confirmed an earlier push of the same application in any way: each event implies the arrival.
SELECT delta.devices FROM receipt_deltas AS delta JOIN pushes AS push USING (push_id)
WHERE push.push_id = :push_id AND push.access_id = :access_id;

-- name: accounts_of(access_id, account_type, devices)
-- The accounts that some devices are bound to now.
SELECT device_id, account FROM account_bindings
WHERE access_id = :access_id AND account_type = :account_type AND device_id = ANY (:devices) AND account IS NOT NULL;

-- name: one_snapshot()
-- Several statements that have to see the same rows.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: platform(access_id)
SELECT platform FROM apps WHERE access_id = :access_id;
