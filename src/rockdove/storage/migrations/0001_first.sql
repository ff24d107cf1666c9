-- The first schema. One file a change from here on; tests/storage proves that the migrations end at schema.sql.
--
-- Every table names the stage that writes it. A stage reads what it needs; it writes only its own.

-- ── applications ────────────────────────────────────────────────────────────────────────────────────────────

-- Written by: api (through devices.applications).
CREATE TABLE apps (
    access_id        bigint PRIMARY KEY CHECK (access_id BETWEEN 1 AND 4294967295),
    name             text NOT NULL,
    platform         text NOT NULL CHECK (platform IN ('android', 'ios')),
    access_key       text NOT NULL,      -- devices register with it
    secret_key       text NOT NULL,      -- servers sign with it; needed in the clear for HMAC
    main_package     text NOT NULL DEFAULT '',   -- multi_pkg=false reaches only devices of this package; '' = any
    timezone         text NOT NULL DEFAULT 'Asia/Shanghai',
    allowed_networks cidr[] NOT NULL DEFAULT '{}',  -- REST callers; empty = everyone
    device_binding   boolean NOT NULL DEFAULT true,  -- may a device bind accounts itself?
    disabled_at      timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now()
);

-- ── devices ─────────────────────────────────────────────────────────────────────────────────────────────────

-- `changed_xid` says which transaction last changed what an audience depends on. The index takes over rows with
-- changed_xid >= the xmin of its snapshot (design §3), so it is set here and can never be forgotten by a writer.
CREATE FUNCTION stamp_changed_xid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;

-- Written by: devices (all columns but last_seen_day, client_id), gateway (last_seen_day).
CREATE TABLE devices (
    access_id       bigint NOT NULL REFERENCES apps,
    device_id       bigint NOT NULL CHECK (device_id BETWEEN 0 AND 4294967295),  -- dense in the application, never reused
    token           text COLLATE "C" NOT NULL CHECK (token ~ '^[0-9A-Za-z]{36}$'),
    platform        text NOT NULL CHECK (platform IN ('android', 'ios')),
    package_name    text NOT NULL DEFAULT '',
    app_version     text NOT NULL DEFAULT '',
    sdk_version     text NOT NULL DEFAULT '',
    os_version      text NOT NULL DEFAULT '',
    brand           text NOT NULL DEFAULT '',
    model           text NOT NULL DEFAULT '',
    language        text NOT NULL DEFAULT '',
    country         text NOT NULL DEFAULT '',
    province        text NOT NULL DEFAULT '',
    city            text NOT NULL DEFAULT '',
    environment     text NOT NULL DEFAULT 'product' CHECK (environment IN ('product', 'dev')),
    channel         text NOT NULL DEFAULT '',   -- vendor channel (hw, xm, …) or '' for none
    channel_token   text NOT NULL DEFAULT '',
    notifications   boolean NOT NULL DEFAULT true,   -- the notification bar is enabled (opt-in)
    client_id       text NOT NULL DEFAULT '',        -- MQTT client id, random
    secret_hash     bytea,                           -- NULL: imported and not yet claimed
    registered_at   timestamptz NOT NULL DEFAULT now(),
    unregistered_at timestamptz,
    uninstalled_at  timestamptz,
    last_seen_day   date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    changed_xid     xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (access_id, device_id),
    UNIQUE (access_id, token)
);
CREATE INDEX devices_changed ON devices (access_id, changed_xid);

CREATE TRIGGER devices_inserted BEFORE INSERT ON devices FOR EACH ROW EXECUTE FUNCTION stamp_changed_xid();
CREATE TRIGGER devices_changed
    BEFORE UPDATE OF platform, package_name, app_version, sdk_version, os_version, brand, model, language, country,
        province, city, environment, channel, channel_token, notifications, unregistered_at, uninstalled_at
    ON devices FOR EACH ROW EXECUTE FUNCTION stamp_changed_xid();
-- Being seen every day must not make every device "changed" every day: the index carries last_seen_day and compares it
-- with today. Only a return from a long absence is a change. 60 days: see docs/decisions/0003-last-seen.md.
CREATE TRIGGER devices_returned
    BEFORE UPDATE OF last_seen_day ON devices FOR EACH ROW
    WHEN (NEW.last_seen_day - OLD.last_seen_day > 60 OR NEW.last_seen_day < OLD.last_seen_day)
    EXECUTE FUNCTION stamp_changed_xid();

-- Written by: devices. One account per (device, account type): rebinding replaces the row, unbinding keeps it with
-- account NULL, so that the row is its own tombstone for the index.
CREATE TABLE account_bindings (
    access_id    bigint NOT NULL,
    device_id    bigint NOT NULL,
    account_type integer NOT NULL CHECK (account_type >= 0),
    account      text COLLATE "C",
    bound_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_xid  xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (access_id, device_id, account_type),
    FOREIGN KEY (access_id, device_id) REFERENCES devices ON DELETE CASCADE
);
CREATE INDEX account_bindings_account ON account_bindings (access_id, account_type, account, bound_at DESC, device_id DESC)
    WHERE account IS NOT NULL;
CREATE INDEX account_bindings_changed ON account_bindings (access_id, changed_xid);
CREATE TRIGGER account_bindings_stamp BEFORE INSERT OR UPDATE ON account_bindings
    FOR EACH ROW EXECUTE FUNCTION stamp_changed_xid();

-- Written by: devices. The names of an application's custom tags; devices carry their ids.
CREATE TABLE tags (
    access_id bigint NOT NULL REFERENCES apps,
    tag_id    integer GENERATED ALWAYS AS IDENTITY,
    tag       text COLLATE "C" NOT NULL,
    PRIMARY KEY (access_id, tag_id),
    UNIQUE (access_id, tag)
);

-- Written by: devices. All custom tags of a device in one row: the row is its own tombstone (an empty array), and
-- five million devices with three tags are five million rows to read, not fifteen.
CREATE TABLE device_tags (
    access_id   bigint NOT NULL,
    device_id   bigint NOT NULL,
    tag_ids     integer[] NOT NULL,
    changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (access_id, device_id),
    FOREIGN KEY (access_id, device_id) REFERENCES devices ON DELETE CASCADE
);
CREATE INDEX device_tags_changed ON device_tags (access_id, changed_xid);
CREATE TRIGGER device_tags_stamp BEFORE INSERT OR UPDATE ON device_tags
    FOR EACH ROW EXECUTE FUNCTION stamp_changed_xid();

-- Rows that are really deleted (90 days of absence and 90 of grace) leave no row to overlay. Deleting raises the
-- horizon in the same transaction: an index snapshot that was read below another horizon is discarded. A number, counted
-- under the row's lock, says exactly which deletions a reader sees; comparing transaction ids would not while an old
-- transaction is open (every new snapshot has its xmin).
CREATE TABLE purge_horizons (
    access_id bigint PRIMARY KEY REFERENCES apps,
    purges    bigint NOT NULL
);
CREATE FUNCTION raise_purge_horizon() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO purge_horizons AS horizon (access_id, purges)
        SELECT DISTINCT access_id, 1 FROM deleted
        ON CONFLICT (access_id) DO UPDATE SET purges = horizon.purges + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER devices_purged AFTER DELETE ON devices
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION raise_purge_horizon();
CREATE TRIGGER account_bindings_purged AFTER DELETE ON account_bindings
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION raise_purge_horizon();
CREATE TRIGGER device_tags_purged AFTER DELETE ON device_tags
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION raise_purge_horizon();

-- ── packages ────────────────────────────────────────────────────────────────────────────────────────────────

-- Written by: ingest; pushes moves last_used_at and expires_at on. The accounts themselves lie in the package store under `object_prefix`.
-- A refused file keeps its verdict for the console as a row of state 'rejected', which no push accepts.
CREATE TABLE packages (
    package_id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- the wire's uploadId: signed 32 bits
    access_id       bigint NOT NULL REFERENCES apps,
    state           text NOT NULL CHECK (state IN ('ready', 'rejected', 'deleted')),
    file_name       text NOT NULL,
    file_bytes      bigint NOT NULL,
    file_sha256     bytea NOT NULL,
    line_count      bigint NOT NULL DEFAULT 0,
    account_count   bigint NOT NULL DEFAULT 0,
    duplicate_count bigint NOT NULL DEFAULT 0,
    invalid_count   bigint NOT NULL DEFAULT 0,
    verdict         jsonb NOT NULL,
    object_prefix   text NOT NULL,
    source          text NOT NULL DEFAULT 'api' CHECK (source IN ('api', 'web')),
    uploaded_at     timestamptz NOT NULL DEFAULT now(),
    last_used_at    timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL DEFAULT now() + interval '90 days'
);
CREATE INDEX packages_by_app ON packages (access_id, package_id DESC);
CREATE INDEX packages_by_content ON packages (access_id, file_sha256);
CREATE INDEX packages_expiry ON packages (expires_at) WHERE state <> 'deleted';

-- ── pushes ──────────────────────────────────────────────────────────────────────────────────────────────────

-- Written by: pushes (the request), lifecycle (state and its times), audience (counts), dispatch (next_send_at).
-- A push is also the work item "resolve me": due, lease_until, lease_owner.
CREATE TABLE pushes (
    push_id           bigint GENERATED ALWAYS AS IDENTITY (START WITH 70001) PRIMARY KEY,
    access_id         bigint NOT NULL REFERENCES apps,
    state             text NOT NULL,
    audience_type     text NOT NULL,
    audience          jsonb NOT NULL,       -- accounts, tokens, tag rules: what the audience type needs
    package_id        integer REFERENCES packages,
    account_type      integer NOT NULL DEFAULT 0,
    every_device      boolean NOT NULL DEFAULT false,   -- account_push_type 1: all devices of an account, 0: the most recent
    message_type      text NOT NULL CHECK (message_type IN ('notify', 'message')),
    message           jsonb NOT NULL,
    content_hash      bytea NOT NULL,       -- SHA-256 of message, message type and environment: for "push repeat"
    environment       text NOT NULL CHECK (environment IN ('product', 'dev')),
    expire_seconds    integer NOT NULL,     -- 0: only devices online now
    push_speed        integer NOT NULL DEFAULT 0,       -- devices a second; 0: as fast as it goes
    multi_package     boolean NOT NULL DEFAULT false,
    disabled_channels text[] NOT NULL DEFAULT '{}',
    collapse_id       bigint NOT NULL DEFAULT 0,
    plan_id           text NOT NULL DEFAULT '',
    group_id          text NOT NULL DEFAULT '',
    trace_id          text NOT NULL DEFAULT '',
    source            text NOT NULL DEFAULT 'api' CHECK (source IN ('api', 'web')),
    options           jsonb NOT NULL DEFAULT '{}',      -- accepted members no stage reads yet, kept for the record
    created_at        timestamptz NOT NULL DEFAULT now(),
    due               timestamptz NOT NULL DEFAULT now(),
    lease_until       timestamptz,
    lease_owner       text,
    attempts          integer NOT NULL DEFAULT 0,
    started_at        timestamptz,
    send_seq          bigint,               -- order of sending; given when the push starts
    expires_at        timestamptz,          -- until when an offline device is still owed the message
    next_send_at      timestamptz NOT NULL DEFAULT '-infinity',   -- pacing: when its next slice may leave
    finished_at       timestamptz,
    failure           text NOT NULL DEFAULT '',
    counts            jsonb NOT NULL DEFAULT '{}',      -- accounts, matched, unmatched, filtered by reason, planned
    bulk              boolean NOT NULL GENERATED ALWAYS AS (coalesce((counts->>'planned')::bigint > 1000, true)) STORED
        -- its targets are only in bitmaps; the others are found through small_push_targets
);
CREATE SEQUENCE send_seq;
CREATE INDEX pushes_work ON pushes (due) WHERE state IN ('PUSH_INIT', 'PUSH_WAIT');
CREATE INDEX pushes_by_app ON pushes (access_id, push_id DESC);
CREATE INDEX pushes_content ON pushes (access_id, content_hash, created_at) WHERE audience_type = 'all';
CREATE INDEX pushes_owed ON pushes (access_id, expires_at) WHERE state IN ('PUSH_STARTED', 'PUSH_FINISHED') AND bulk;
CREATE INDEX pushes_collapse ON pushes (access_id, collapse_id) WHERE collapse_id <> 0;
CREATE INDEX pushes_package ON pushes (package_id) WHERE package_id IS NOT NULL;

-- Written by: audience (identity and targets), dispatch (progress). A contiguous range of device ids on one channel with
-- its target bitmap: unit of work, pacing, recovery, statistics, and the mailbox of offline devices.
CREATE TABLE push_slices (
    push_id      bigint NOT NULL REFERENCES pushes,
    slice_no     integer NOT NULL,
    access_id    bigint NOT NULL,
    channel      text NOT NULL,
    first_device bigint NOT NULL,
    last_device  bigint NOT NULL,
    target_count integer NOT NULL,
    targets      bytea NOT NULL,            -- roaring bitmap of device ids
    state        text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done')),
    due          timestamptz NOT NULL DEFAULT now(),
    lease_until  timestamptz,
    lease_owner  text,
    attempts     integer NOT NULL DEFAULT 0,
    sent_upto    bigint NOT NULL DEFAULT -1,   -- every target <= this id was handed over
    offline      bytea,                     -- of those, devices not connected at that moment (roaring bitmap)
    PRIMARY KEY (push_id, slice_no)
);
-- Bitmaps are compressed already: compressing them again made 200 slices take 0.6 s instead of 0.09 s.
ALTER TABLE push_slices ALTER COLUMN targets SET STORAGE EXTERNAL, ALTER COLUMN offline SET STORAGE EXTERNAL;
CREATE INDEX push_slices_work ON push_slices (due, push_id, slice_no) WHERE state = 'due';

-- Written by: audience. Only for small pushes (at most 1000 targets): what a device is owed, found by an index.
CREATE TABLE small_push_targets (
    access_id bigint NOT NULL,
    device_id bigint NOT NULL,
    push_id   bigint NOT NULL REFERENCES pushes ON DELETE CASCADE,
    PRIMARY KEY (access_id, device_id, push_id)
);

-- ── receipts ────────────────────────────────────────────────────────────────────────────────────────────────

-- Written by: receipts. What devices confirmed, appended about once a second and never updated in place (rewriting cost
-- 1.6 GB of WAL for 10 M receipts and lost updates; appending cost 26 MB). Union is idempotent.
CREATE TABLE receipt_deltas (
    delta_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    push_id  bigint NOT NULL REFERENCES pushes ON DELETE CASCADE,
    slice_no integer NOT NULL,
    event    text NOT NULL CHECK (event IN ('arrived', 'shown', 'clicked', 'cleared')),
    minute   timestamptz NOT NULL,
    devices  bytea NOT NULL
);
ALTER TABLE receipt_deltas ALTER COLUMN devices SET STORAGE EXTERNAL;
CREATE INDEX receipt_deltas_slice ON receipt_deltas (push_id, slice_no, event);

-- ── limits ──────────────────────────────────────────────────────────────────────────────────────────────────

-- Written by: api. Rate limits have to hold over all API processes, so they live here: one row, one atomic update.
CREATE TABLE rate_limits (
    access_id bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    name      text NOT NULL,
    window_at timestamptz NOT NULL,      -- start of the current window
    used      integer NOT NULL,
    PRIMARY KEY (access_id, name)
);
