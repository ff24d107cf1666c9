-- name: insert(access_id, state, file_name, file_bytes, file_sha256, line_count, account_count, duplicate_count, invalid_count, verdict, object_prefix, source)
-- The last step of an upload: from here on the package exists.
INSERT INTO packages (access_id, state, file_name, file_bytes, file_sha256, line_count, account_count, duplicate_count,
                      invalid_count, verdict, object_prefix, source)
VALUES (:access_id, :state, :file_name, :file_bytes, :file_sha256, :line_count, :account_count, :duplicate_count,
        :invalid_count, :verdict, :object_prefix, :source)
RETURNING package_id;

-- name: find(access_id, package_id, before, maximum)
-- Newest first: one package by its id, or a page of them before an id; each with an earlier one of the same content.
SELECT package.package_id, access_id, state, file_name, file_bytes, line_count, account_count, duplicate_count,
       invalid_count, verdict, object_prefix, source, uploaded_at, expires_at, earlier.package_id AS same_as
FROM packages AS package
LEFT JOIN LATERAL (
    SELECT min(same.package_id) AS package_id FROM packages AS same
    WHERE same.access_id = package.access_id AND same.file_sha256 = package.file_sha256
      AND same.package_id < package.package_id AND same.state = 'ready'
) AS earlier ON true
WHERE package.access_id = :access_id AND state <> 'deleted'
  AND (:package_id::bigint IS NULL OR package.package_id = :package_id::bigint)
  AND (:before::bigint IS NULL OR package.package_id < :before::bigint)
ORDER BY package.package_id DESC
LIMIT :maximum;

-- name: lock(access_id, package_id)
-- Held while it is deleted: a push that takes the package at the same moment waits, and then finds it gone.
SELECT object_prefix FROM packages
WHERE access_id = :access_id AND package_id = :package_id AND state <> 'deleted' FOR UPDATE;

-- name: is_needed(package_id)
-- Does a push that has not started yet refer to it, or leave out whom it names?
SELECT EXISTS (
    SELECT FROM pushes WHERE state IN ('PUSH_INIT', 'PUSH_WAIT')
        AND (package_id = :package_id OR (audience->>'exclude_package_id')::bigint = :package_id)
) AS needed;

-- name: mark_deleted(package_id)
-- The row stays: push details show the file's name.
UPDATE packages SET state = 'deleted' WHERE package_id = :package_id;

-- name: expire()
-- 90 days after its upload or last use, unless a push that has not started yet refers to it.
UPDATE packages AS package SET state = 'deleted'
WHERE expires_at < now() AND state = 'ready'
  AND NOT EXISTS (
      SELECT FROM pushes AS push
      WHERE push.state IN ('PUSH_INIT', 'PUSH_WAIT')
        AND (push.package_id = package.package_id OR (push.audience->>'exclude_package_id')::bigint = package.package_id)
  )
RETURNING object_prefix;

-- name: forget_rejected()
-- Of a refused file there is only the verdict, and no push refers to it.
DELETE FROM packages WHERE state = 'rejected' AND expires_at < now();

-- name: bound_rejected(access_id, kept)
-- Of an application's refused files the newest `kept` stay.
DELETE FROM packages WHERE state = 'rejected' AND access_id = :access_id AND package_id <= (
    SELECT package_id FROM packages WHERE state = 'rejected' AND access_id = :access_id
    ORDER BY package_id DESC OFFSET :kept LIMIT 1
);

-- name: stored_bytes()
-- What all packages occupy in the store.
SELECT coalesce(sum((verdict->>'stored_bytes')::bigint), 0)::bigint AS bytes FROM packages WHERE state = 'ready';

-- name: ready_prefixes()
-- What must stay in the store.
SELECT object_prefix FROM packages WHERE state = 'ready';
