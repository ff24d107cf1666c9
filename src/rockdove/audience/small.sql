-- name: bound(push_ids, access_ids, account_types, environments, multi_packages, per_accounts, accounts)
-- Accounts by index, for many pushes at once, one element a push and account: its newest eligible devices first (a device is
-- eligible when it is registered, was seen within 90 days and fits the wanted environment and package name). An account
-- without any shows up with an ineligible row; one that is bound nowhere does not show up.
SELECT wanted.push_id, wanted.account AS text, found.device_id, found.eligible, found.notifications, found.channel
FROM unnest(:push_ids::bigint[], :access_ids::bigint[], :account_types::integer[], :environments::text[],
            :multi_packages::boolean[], :per_accounts::integer[], :accounts::text[])
     AS wanted (push_id, access_id, account_type, environment, multi_package, per_account, account)
CROSS JOIN LATERAL (
    SELECT binding.device_id, device.notifications, device.channel,
           device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
           AND device.last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90
           AND (app.platform <> 'ios' OR device.environment = wanted.environment)
           AND (wanted.multi_package OR app.platform <> 'android' OR app.main_package IN ('', device.package_name)) AS
           eligible
    FROM account_bindings AS binding
    JOIN devices AS device USING (access_id, device_id)
    JOIN apps AS app USING (access_id)
    WHERE binding.access_id = wanted.access_id AND binding.account_type = wanted.account_type
      AND binding.account = wanted.account
    ORDER BY eligible DESC, binding.bound_at DESC, binding.device_id DESC
    LIMIT wanted.per_account
) AS found;

-- name: registered(push_ids, access_ids, environments, multi_packages, tokens)
-- Tokens by index; the columns are those of `bound`.
SELECT wanted.push_id, device.token AS text, device.device_id, device.notifications, device.channel,
       device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
       AND device.last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90
       AND (app.platform <> 'ios' OR device.environment = wanted.environment)
       AND (wanted.multi_package OR app.platform <> 'android' OR app.main_package IN ('', device.package_name)) AS
       eligible
FROM unnest(:push_ids::bigint[], :access_ids::bigint[], :environments::text[], :multi_packages::boolean[],
            :tokens::text[]) AS wanted (push_id, access_id, environment, multi_package, token)
JOIN devices AS device ON device.access_id = wanted.access_id AND device.token = wanted.token
JOIN apps AS app ON app.access_id = wanted.access_id;

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
