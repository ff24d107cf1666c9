-- name: lock_accounts(keys)
-- Binders of one account queue up here, so that counting its devices and dropping the oldest is exact. Always in the order
-- of the keys: two batches that share accounts can't wait for each other.
SELECT pg_advisory_xact_lock(key) FROM (SELECT unnest(:keys::bigint[]) AS key ORDER BY key) AS sorted;

-- name: bind(access_id, device_ids, account_types, accounts)
-- A device has one account a type: another account of the type replaces it, the same one again becomes the most recent.
-- Written in key order, like everything here that locks several rows; of devices bound together the last one named is the
-- most recent. The statement begins when the accounts are locked, so its time is later than that of any binder before it.
INSERT INTO account_bindings (access_id, device_id, account_type, account, bound_at)
SELECT :access_id, device_id, account_type, account,
       statement_timestamp() - (cardinality(:accounts::text[]) - position) * interval '1 microsecond'
FROM unnest(:device_ids::bigint[], :account_types::integer[], :accounts::text[])
    WITH ORDINALITY AS wanted (device_id, account_type, account, position)
ORDER BY device_id, account_type
ON CONFLICT (access_id, device_id, account_type) DO UPDATE SET account = excluded.account, bound_at = excluded.bound_at;

-- name: drop_oldest(access_id, account_types, accounts, kept)
-- Every account keeps its newest `kept` devices. A row that somebody else holds is skipped, not waited for: whoever holds
-- it without holding the account's lock is taking it away from the account anyway.
UPDATE account_bindings AS binding SET account = NULL
FROM (
    SELECT held.access_id, held.device_id, held.account_type
    FROM (
        SELECT excess.device_id, excess.account_type, wanted.account
        FROM unnest(:account_types::integer[], :accounts::text[]) AS wanted (account_type, account)
        CROSS JOIN LATERAL (
            SELECT other.device_id, other.account_type FROM account_bindings AS other
            WHERE other.access_id = :access_id AND other.account_type = wanted.account_type
              AND other.account = wanted.account
            ORDER BY other.bound_at DESC, other.device_id DESC OFFSET :kept
        ) AS excess
    ) AS oldest
    JOIN account_bindings AS held
        ON held.access_id = :access_id AND held.account = oldest.account
       AND (held.device_id, held.account_type) = (oldest.device_id, oldest.account_type)
    FOR UPDATE OF held SKIP LOCKED
) AS dropped
WHERE (binding.access_id, binding.device_id, binding.account_type)
    = (dropped.access_id, dropped.device_id, dropped.account_type);

-- name: unbind(access_id, device_ids, account_types, accounts)
-- The pairs named, where they are bound. The row stays with account NULL: it is its own tombstone for the index.
UPDATE account_bindings AS binding SET account = NULL
FROM (
    SELECT held.access_id, held.device_id, held.account_type
    FROM unnest(:device_ids::bigint[], :account_types::integer[], :accounts::text[])
        AS wanted (device_id, account_type, account)
    JOIN account_bindings AS held
        ON held.access_id = :access_id AND held.device_id = wanted.device_id
       AND held.account_type = wanted.account_type AND held.account = wanted.account
    ORDER BY held.device_id, held.account_type
    FOR UPDATE OF held
) AS found
WHERE (binding.access_id, binding.device_id, binding.account_type) = (found.access_id, found.device_id, found.account_type);

-- name: clear(access_id, device_ids, account_types)
-- All accounts of the devices, or those of the types named (NULL: every type).
UPDATE account_bindings AS binding SET account = NULL
FROM (
    SELECT held.access_id, held.device_id, held.account_type FROM account_bindings AS held
    WHERE held.access_id = :access_id AND held.device_id = ANY (:device_ids::bigint[]) AND held.account IS NOT NULL
      AND (:account_types::integer[] IS NULL OR held.account_type = ANY (:account_types::integer[]))
    ORDER BY held.device_id, held.account_type
    FOR UPDATE OF held
) AS found
WHERE (binding.access_id, binding.device_id, binding.account_type) = (found.access_id, found.device_id, found.account_type);

-- name: remove(access_id, account_types, accounts)
-- The accounts, from every device that has them.
UPDATE account_bindings AS binding SET account = NULL
FROM (
    SELECT held.access_id, held.device_id, held.account_type
    FROM unnest(:account_types::integer[], :accounts::text[]) AS wanted (account_type, account)
    JOIN account_bindings AS held
        ON held.access_id = :access_id AND held.account_type = wanted.account_type AND held.account = wanted.account
    ORDER BY held.device_id, held.account_type
    FOR UPDATE OF held
) AS found
WHERE (binding.access_id, binding.device_id, binding.account_type) = (found.access_id, found.device_id, found.account_type);

-- name: tokens_of(access_id, account_types, accounts)
-- Newest binding first, as the console lists them; devices that are unavailable are still listed while they are bound.
SELECT wanted.account_type, wanted.account, device.token
FROM unnest(:account_types::integer[], :accounts::text[]) AS wanted (account_type, account)
JOIN account_bindings AS binding
    ON binding.access_id = :access_id AND binding.account_type = wanted.account_type AND binding.account = wanted.account
JOIN devices AS device ON device.access_id = binding.access_id AND device.device_id = binding.device_id
ORDER BY binding.bound_at DESC, binding.device_id DESC;

-- name: accounts_of(access_id, tokens)
-- One row an account, one with account NULL for a token that has none; a token nobody has gives no row.
SELECT device.token, binding.account_type, binding.account
FROM devices AS device
LEFT JOIN account_bindings AS binding
    ON binding.access_id = device.access_id AND binding.device_id = device.device_id AND binding.account IS NOT NULL
WHERE device.access_id = :access_id AND device.token = ANY (:tokens::text[])
ORDER BY binding.account_type;

-- name: registered(numbers, access_ids, tokens)
-- Tokens of devices that are registered and not known to be uninstalled; for many callers, whose numbers come back.
SELECT asked.number, device.token, device.device_id
FROM unnest(:numbers::integer[], :access_ids::bigint[], :tokens::text[]) AS asked (number, access_id, token)
JOIN devices AS device ON device.access_id = asked.access_id AND device.token = asked.token
WHERE device.unregistered_at IS NULL AND device.uninstalled_at IS NULL;

-- name: reachable(numbers, access_ids, account_types, accounts, environments, multi_packages)
-- Of these accounts, the ones with an available device: registered, seen within 90 days, for iOS of the environment, for
-- Android under the main package unless every package is meant. The audience stage chooses by the same rule.
SELECT wanted.number, wanted.account
FROM unnest(:numbers::integer[], :access_ids::bigint[], :account_types::integer[], :accounts::text[],
            :environments::text[], :multi_packages::boolean[])
     AS wanted (number, access_id, account_type, account, environment, multi_package)
WHERE EXISTS (
    SELECT FROM account_bindings AS binding
    JOIN devices AS device USING (access_id, device_id)
    JOIN apps AS app USING (access_id)
    WHERE binding.access_id = wanted.access_id AND binding.account_type = wanted.account_type
      AND binding.account = wanted.account
      AND device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
      AND device.last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90
      AND (app.platform <> 'ios' OR device.environment = wanted.environment)
      AND (wanted.multi_package OR app.platform <> 'android' OR app.main_package IN ('', device.package_name))
);
