-- name: create()
-- Where the file's good rows land: gone with the transaction, not logged, one row a line.
CREATE TEMPORARY TABLE incoming (
    line          bigint NOT NULL,
    token         text COLLATE "C" NOT NULL,
    account       text COLLATE "C",
    account_type  integer NOT NULL,
    bound_at      timestamptz NOT NULL,
    channel       text NOT NULL,
    channel_token text NOT NULL,
    package_name  text NOT NULL,
    environment   text NOT NULL,
    notifications boolean NOT NULL
) ON COMMIT DROP;

-- name: copy()
-- NULL is a control character, which no accepted text holds: "\N" is somebody's account.
COPY incoming FROM STDIN (FORMAT CSV, NULL E'\x01');

-- name: app(access_id)
-- The application, held until the import is through: it can't be deleted meanwhile, and imports of one application go one
-- after the other.
SELECT platform FROM apps WHERE access_id = :access_id FOR NO KEY UPDATE;

-- name: analyze()
-- The planner must know that this is a million rows, not a handful.
ANALYZE incoming;

-- name: update_devices(access_id)
-- Known tokens: what the file says holds, the last line of a token wins; but of a device that has registered here (it has a
-- secret) its own word is the newer one. Ordered, so that it can't cross an import or a registration; unchanged devices are
-- not written, that is, not "changed" for the audience index.
WITH newest AS (
    SELECT DISTINCT ON (token) * FROM incoming ORDER BY token, line DESC
), held AS (
    SELECT device.device_id, newest.*
    FROM newest JOIN devices AS device ON device.access_id = :access_id AND device.token = newest.token
    WHERE device.secret_hash IS NULL
      AND (device.channel, device.channel_token, device.package_name, device.environment,
           device.notifications)
          IS DISTINCT FROM
          (newest.channel, newest.channel_token, newest.package_name, newest.environment,
           newest.notifications)
    ORDER BY device.device_id FOR NO KEY UPDATE OF device
)
UPDATE devices SET channel = held.channel, channel_token = held.channel_token,
    package_name = held.package_name, environment = held.environment, notifications = held.notifications
FROM held WHERE devices.access_id = :access_id AND devices.device_id = held.device_id;

-- name: insert_devices(access_id, platform)
-- New tokens, without a secret: each can be claimed once by the app install that holds it. Numbers follow the order of the
-- file; only tokens that are not there draw one.
INSERT INTO devices (access_id, device_id, token, platform, channel, channel_token, package_name, environment, notifications)
SELECT :access_id, nextval('device_ids_' || :access_id::bigint), token, :platform, channel, channel_token, package_name,
       environment, notifications
FROM (
    SELECT DISTINCT ON (token) * FROM incoming
    WHERE NOT EXISTS (SELECT FROM devices WHERE access_id = :access_id AND devices.token = incoming.token)
    ORDER BY token, line DESC
) AS fresh
ORDER BY line
ON CONFLICT (access_id, token) DO NOTHING;

-- name: bind(access_id)
-- Of the lines for one token and account type the newest bind time wins, then the later line. A binding that is there and
-- newer than the file's stays, and so does an unbinding since: the app has been faster than the migration.
INSERT INTO account_bindings AS binding (access_id, device_id, account_type, account, bound_at)
SELECT :access_id, device.device_id, newest.account_type, newest.account, newest.bound_at
FROM (
    SELECT DISTINCT ON (token, account_type) * FROM incoming WHERE account IS NOT NULL
    ORDER BY token, account_type, bound_at DESC, line DESC
) AS newest
JOIN devices AS device ON device.access_id = :access_id AND device.token = newest.token
ORDER BY device.device_id, newest.account_type
ON CONFLICT (access_id, device_id, account_type) DO UPDATE SET account = excluded.account, bound_at = excluded.bound_at
WHERE binding.bound_at < excluded.bound_at
   OR binding.bound_at = excluded.bound_at AND binding.account <> excluded.account;

-- name: drop_oldest(access_id, kept)
-- Accounts of the file that now have more than `kept` devices lose the oldest bindings.
UPDATE account_bindings AS binding SET account = NULL
FROM (
    SELECT ranked.device_id, ranked.account_type
    FROM (
        SELECT DISTINCT account_type, account FROM incoming WHERE account IS NOT NULL
    ) AS wanted
    JOIN (
        SELECT account_type, account FROM account_bindings
        WHERE access_id = :access_id AND account IS NOT NULL
        GROUP BY account_type, account HAVING count(*) > :kept
    ) AS crowded USING (account_type, account)
    CROSS JOIN LATERAL (
        SELECT other.device_id, other.account_type FROM account_bindings AS other
        WHERE other.access_id = :access_id AND other.account_type = wanted.account_type AND other.account = wanted.account
        ORDER BY other.bound_at DESC, other.device_id DESC OFFSET :kept
    ) AS ranked
    ORDER BY ranked.device_id, ranked.account_type
) AS excess
WHERE binding.access_id = :access_id AND binding.device_id = excess.device_id
  AND binding.account_type = excess.account_type;

-- name: look_at()
-- After so much at once PostgreSQL knows nothing of what is there for a minute, and plans as for a few rows: the tokens of
-- a step of a push took 20 s instead of 5 ms.
ANALYZE devices, account_bindings;
