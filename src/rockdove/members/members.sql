-- name: all
SELECT member_id, name, administrator, disabled_at IS NOT NULL AS disabled, password_hash IS NULL AS invited, created_at,
       (SELECT max(seen_at) FROM member_sessions s WHERE s.member_id = m.member_id) AS seen_at,
       (SELECT coalesce(jsonb_object_agg(access_id, role), '{}') FROM member_roles r WHERE r.member_id = m.member_id) AS roles
FROM members m ORDER BY disabled_at IS NOT NULL, lower(name);

-- name: find(member_id)
SELECT member_id, name, administrator, disabled_at IS NOT NULL AS disabled, password_hash IS NULL AS invited, created_at,
       (SELECT max(seen_at) FROM member_sessions s WHERE s.member_id = m.member_id) AS seen_at,
       (SELECT coalesce(jsonb_object_agg(access_id, role), '{}') FROM member_roles r WHERE r.member_id = m.member_id) AS roles
FROM members m WHERE member_id = :member_id;

-- name: find_by_name(name)
SELECT member_id FROM members WHERE lower(name) = lower(:name);

-- name: lock
-- Two administrators who take each other's role away would leave none: whoever changes that waits for the other.
SELECT pg_advisory_xact_lock(hashtext('rockdove administrators'));

-- name: nobody_administers
-- Somebody who never came does not count: the first administrator's link must stay until one can log in.
SELECT NOT EXISTS (SELECT FROM members WHERE administrator AND disabled_at IS NULL AND password_hash IS NOT NULL) AS nobody;

-- name: add(name, administrator)
-- No row: the name is taken.
INSERT INTO members (name, administrator) VALUES (:name, :administrator) ON CONFLICT DO NOTHING RETURNING member_id;

-- name: set_administrator(member_id, administrator)
UPDATE members SET administrator = :administrator WHERE member_id = :member_id;

-- name: set_disabled(member_id, disabled)
UPDATE members SET disabled_at = CASE WHEN :disabled::boolean THEN coalesce(disabled_at, now()) END WHERE member_id = :member_id;

-- name: set_role(member_id, access_id, role)
INSERT INTO member_roles (member_id, access_id, role) VALUES (:member_id, :access_id, :role)
ON CONFLICT (member_id, access_id) DO UPDATE SET role = excluded.role;

-- name: take_role(member_id, access_id)
DELETE FROM member_roles WHERE member_id = :member_id AND access_id = :access_id;

-- name: invite(token_hash, member_id, hours)
INSERT INTO invitations (token_hash, member_id, expires_at)
VALUES (:token_hash, :member_id, now() + make_interval(hours => :hours));

-- name: find_link(token_hash)
SELECT m.name FROM invitations i LEFT JOIN members m USING (member_id)
WHERE token_hash = :token_hash AND expires_at > now() AND m.disabled_at IS NULL;

-- name: use_link(token_hash)
-- Of two who come with it at once, one gets the row.
DELETE FROM invitations WHERE token_hash = :token_hash AND expires_at > now() RETURNING member_id;

-- name: forget_links(member_id)
DELETE FROM invitations WHERE member_id IS NOT DISTINCT FROM :member_id::integer OR expires_at < now();

-- name: set_password(member_id, password_hash)
UPDATE members SET password_hash = :password_hash WHERE member_id = :member_id;

-- name: password_of(member_id)
SELECT name, password_hash FROM members WHERE member_id = :member_id;

-- name: forget_sessions(member_id)
DELETE FROM member_sessions WHERE member_id = :member_id;
