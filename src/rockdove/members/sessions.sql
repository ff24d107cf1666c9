-- name: credentials(name)
SELECT member_id, password_hash FROM members WHERE lower(name) = lower(:name) AND disabled_at IS NULL;

-- name: attempt(parties, of_name, of_address, first, longest, forget)
-- One more failure of each, before it is known to be one: guesses made at the same time count each other. No row for who is
-- blocked. Waits double behind those that cost nothing; after so long in peace counting begins anew.
INSERT INTO login_failures AS known (who, failures, last_at, blocked_until)
SELECT who, 1, now(), now() FROM unnest(:parties::text[]) AS who ORDER BY who
ON CONFLICT (who) DO UPDATE SET
    failures = CASE WHEN known.last_at < now() - make_interval(hours => :forget) THEN 1 ELSE known.failures + 1 END,
    last_at = now(),
    blocked_until = (
        SELECT CASE WHEN known.failures < free THEN now() ELSE
               now() + make_interval(secs => least(:longest, :first * 2.0 ^ least(known.failures - free, 20))) END
        FROM (SELECT CASE WHEN known.who LIKE 'name %' THEN :of_name::integer ELSE :of_address::integer END AS free) AS party)
WHERE known.blocked_until <= now()
RETURNING who;

-- name: blocked(parties)
-- For how many seconds one of them still is.
SELECT greatest(ceil(extract(epoch FROM max(blocked_until) - now())), 1)::integer AS seconds
FROM login_failures WHERE who = ANY (:parties::text[]);

-- name: forgive_name(name)
DELETE FROM login_failures WHERE who = :name;

-- name: forgive_address(address)
-- Only this attempt: one known password must not buy free guesses at others.
UPDATE login_failures SET failures = failures - 1, blocked_until = now() WHERE who = :address;

-- name: begin(session_hash, member_id, csrf_token, address)
INSERT INTO member_sessions (session_hash, member_id, csrf_token, address)
VALUES (:session_hash, :member_id, :csrf_token, :address);

-- name: resume(session_hash, idle, longest)
SELECT m.member_id, m.name, m.administrator, false AS disabled, m.password_hash IS NULL AS invited, m.created_at,
       s.seen_at,
       (SELECT coalesce(jsonb_object_agg(access_id, role), '{}') FROM member_roles r WHERE r.member_id = m.member_id) AS roles,
       s.csrf_token
FROM member_sessions s JOIN members m USING (member_id)
WHERE s.session_hash = :session_hash AND m.disabled_at IS NULL
  AND s.seen_at > now() - make_interval(hours => :idle) AND s.created_at > now() - make_interval(days => :longest);

-- name: note_seen(session_hash)
UPDATE member_sessions SET seen_at = now() WHERE session_hash = :session_hash;

-- name: end(session_hash)
DELETE FROM member_sessions WHERE session_hash = :session_hash;

-- name: expire_sessions(idle, longest)
DELETE FROM member_sessions
WHERE seen_at < now() - make_interval(hours => :idle) OR created_at < now() - make_interval(days => :longest);

-- name: expire_failures(forget)
DELETE FROM login_failures WHERE last_at < now() - make_interval(hours => :forget);
