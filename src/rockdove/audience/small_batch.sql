-- name: bound(push_ids, access_ids, account_types, environments, multi_packages, per_accounts, accounts)
-- The statement `bound` of small.sql for many pushes at once, one element a push and account.
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
-- The statement `registered` of small.sql for many pushes at once, one element a push and token.
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

-- name: write(push_ids, counts, slice_pushes, slice_nos, access_ids, channels, firsts, lasts, target_counts, targets, leased, owner, seconds, small_apps, small_devices, small_pushes)
-- All that many starting pushes leave behind, in one statement. Slices that their writer sends itself are born with its
-- lease: they need not be claimed, and when it dies they are due for everybody.
WITH counted AS (
    UPDATE pushes AS push SET counts = given.counts
    FROM unnest(:push_ids::bigint[], :counts::jsonb[]) AS given (push_id, counts)
    WHERE push.push_id = given.push_id
), sliced AS (
    INSERT INTO push_slices (push_id, slice_no, access_id, channel, first_device, last_device, target_count, targets,
                             lease_owner, lease_until, attempts)
    SELECT push_id, slice_no, access_id, channel, first_device, last_device, target_count, targets,
           CASE WHEN leased THEN :owner END,
           CASE WHEN leased THEN clock_timestamp() + make_interval(secs => :seconds::float8) END,
           leased::integer
    FROM unnest(:slice_pushes::bigint[], :slice_nos::integer[], :access_ids::bigint[], :channels::text[],
                :firsts::bigint[], :lasts::bigint[], :target_counts::integer[], :targets::bytea[], :leased::boolean[])
         AS slice (push_id, slice_no, access_id, channel, first_device, last_device, target_count, targets, leased)
)
INSERT INTO small_push_targets (access_id, device_id, push_id)
SELECT * FROM unnest(:small_apps::bigint[], :small_devices::bigint[], :small_pushes::bigint[]);
