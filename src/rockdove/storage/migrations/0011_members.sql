-- The console's people: who may use it, what each may do there, and what they did.

-- ── products ────────────────────────────────────────────────────────────────────────────────────────────────

-- Written by: devices. What a customer calls an app; it has at most one application per platform.
CREATE TABLE products (
    product_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE apps
    ADD COLUMN product_id integer REFERENCES products,
    ADD CONSTRAINT apps_one_per_platform UNIQUE (product_id, platform);

-- Applications that were there before products: each name is a product, unless that has two of one platform.
WITH named AS (
    SELECT access_id, name, row_number() OVER (PARTITION BY name, platform ORDER BY access_id) AS number FROM apps
), made AS (
    INSERT INTO products (name) SELECT DISTINCT CASE WHEN number = 1 THEN name ELSE name || ' ' || number END FROM named
    RETURNING product_id, name
)
UPDATE apps SET product_id = made.product_id FROM named, made
WHERE apps.access_id = named.access_id
  AND made.name = CASE WHEN named.number = 1 THEN named.name ELSE named.name || ' ' || named.number END;
ALTER TABLE apps ALTER COLUMN product_id SET NOT NULL;

-- ── members ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Written by: members.
CREATE TABLE members (
    member_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL,
    password_hash text,                            -- Argon2id in PHC form; NULL: invited, and has not come yet
    administrator boolean NOT NULL DEFAULT false,  -- may do everything, everywhere
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX members_name ON members (lower(name));

-- Written by: members. What somebody who is no administrator may do with an application.
CREATE TABLE member_roles (
    member_id integer NOT NULL REFERENCES members ON DELETE CASCADE,
    access_id bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    role      text NOT NULL CHECK (role IN ('operator', 'viewer')),
    PRIMARY KEY (member_id, access_id)
);

-- Written by: members. The cookie itself is known to the browser only.
CREATE TABLE member_sessions (
    session_hash bytea PRIMARY KEY,                -- SHA-256 of the cookie
    member_id    integer NOT NULL REFERENCES members ON DELETE CASCADE,
    csrf_token   text NOT NULL,
    address      text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX member_sessions_member ON member_sessions (member_id);

-- Written by: members. A link that sets a password once: of the first administrator (no member yet), of somebody invited, of
-- somebody who forgot theirs.
CREATE TABLE invitations (
    token_hash bytea PRIMARY KEY,                  -- SHA-256 of what is in the link
    member_id  integer REFERENCES members ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

-- Written by: members. Wrong passwords, by name and by address; every process sees the same.
CREATE TABLE login_failures (
    who           text PRIMARY KEY,                -- 'name …' or 'address …'
    failures      integer NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);

-- Written by: members. Who did what, when, from where. Nothing changes or deletes a row.
CREATE TABLE audit_log (
    audit_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    member_id integer REFERENCES members,
    actor     text NOT NULL,                       -- the member's name, or the AccessID of a program with the keys
    access_id bigint,                              -- NULL: not about one application
    action    text NOT NULL,                       -- members.audit.Action
    object    text NOT NULL DEFAULT '',            -- what it was done to: a push id, a package id, a name
    detail    jsonb NOT NULL DEFAULT '{}',
    address   text NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_by_app ON audit_log (access_id, audit_id DESC);
CREATE INDEX audit_log_by_member ON audit_log (member_id, audit_id DESC);

-- ── what members keep ───────────────────────────────────────────────────────────────────────────────────────

-- Written by: members. A push half written, one for each member and application.
CREATE TABLE push_drafts (
    member_id integer NOT NULL REFERENCES members ON DELETE CASCADE,
    access_id bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    draft     jsonb NOT NULL,
    saved_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, access_id)
);

-- Written by: devices. Tokens a test preview can be sent to.
CREATE TABLE test_devices (
    access_id  bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    token      text COLLATE "C" NOT NULL,
    remark     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (access_id, token)
);
