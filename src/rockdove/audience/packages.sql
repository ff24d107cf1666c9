-- name: find(access_id, package_id)
-- Where a package lies that can still be used.
SELECT object_prefix FROM packages
WHERE package_id = :package_id AND access_id = :access_id AND state = 'ready' AND expires_at > now();
