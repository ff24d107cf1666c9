-- name: resolve(access_id, accounts, account_type, tokens, by_account, by_token, everybody, per_account, environment, multi_package, notification, excluded_accounts, excluded_push, disabled, today)
-- A resolution as one plain statement, to be read against the contract. Slow, and obviously right. Tag rules take the
-- place of (true).
WITH available AS (
    SELECT device.*
    FROM devices AS device
    WHERE device.access_id = :access_id
      AND device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
      AND device.last_seen_day >= :today::date - 90
), eligible AS (
    SELECT available.*
    FROM available JOIN apps AS app USING (access_id)
    WHERE (app.platform = 'android' OR available.environment = :environment)
      AND (app.platform = 'ios' OR :multi_package OR app.main_package = '' OR available.package_name = app.main_package)
), wanted AS (
    SELECT unnest(:accounts::text[]) AS text
), bound AS (
    SELECT wanted.text, binding.device_id, binding.bound_at
    FROM wanted JOIN account_bindings AS binding ON binding.account = wanted.text
    WHERE :by_account AND binding.access_id = :access_id AND binding.account_type = :account_type
    UNION ALL
    SELECT token.text, device.device_id, device.registered_at
    FROM unnest(:tokens::text[]) AS token (text) JOIN devices AS device ON device.token = token.text
    WHERE :by_token AND device.access_id = :access_id
), candidate AS (
    SELECT bound.* FROM bound JOIN eligible USING (device_id)
), chosen AS (
    SELECT device_id FROM candidate
    WHERE (SELECT count(*) FROM candidate AS newer
           WHERE newer.text = candidate.text
             AND (newer.bound_at, newer.device_id) > (candidate.bound_at, candidate.device_id)) < :per_account
    UNION
    SELECT device_id FROM eligible AS device WHERE :everybody AND (true)
), excluded AS (
    SELECT device_id FROM account_bindings
    WHERE access_id = :access_id AND account_type = :account_type AND account = ANY (:excluded_accounts::text[])
    UNION
    SELECT unnest(:excluded_push::bigint[])
), judged AS (
    SELECT chosen.device_id, CASE WHEN :notification AND NOT device.notifications THEN 'opted_out'
                                  WHEN chosen.device_id IN (SELECT device_id FROM excluded) THEN 'excluded'
                                  WHEN :disabled THEN 'no_channel'
                                  ELSE 'target' END AS verdict
    FROM chosen JOIN devices AS device ON device.access_id = :access_id AND device.device_id = chosen.device_id
)
SELECT (SELECT coalesce(array_agg(device_id ORDER BY device_id), '{}') FROM judged WHERE verdict = 'target') AS targets,
       (SELECT count(*) FROM judged) AS devices,
       (SELECT count(*) FROM judged WHERE verdict = 'opted_out') AS opted_out,
       (SELECT count(*) FROM judged WHERE verdict = 'excluded') AS excluded,
       (SELECT count(*) FROM judged WHERE verdict = 'no_channel') AS no_channel,
       (SELECT count(DISTINCT text) FROM bound) AS matched,
       (SELECT count(DISTINCT text) FROM candidate) AS served;
