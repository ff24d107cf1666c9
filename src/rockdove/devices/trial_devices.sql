-- name: all(access_id)
SELECT t.token, t.remark,
       coalesce(d.unregistered_at IS NULL AND d.uninstalled_at IS NULL AND d.device_id IS NOT NULL, false) AS registered
FROM test_devices t LEFT JOIN devices d USING (access_id, token)
WHERE t.access_id = :access_id ORDER BY t.created_at DESC;

-- name: save(access_id, token, remark, most)
-- No row: there are as many as there may be.
INSERT INTO test_devices (access_id, token, remark)
SELECT :access_id, :token, :remark
WHERE (SELECT count(*) FROM test_devices WHERE access_id = :access_id AND token <> :token) < :most
ON CONFLICT (access_id, token) DO UPDATE SET remark = excluded.remark
RETURNING token;

-- name: delete(access_id, token)
DELETE FROM test_devices WHERE access_id = :access_id AND token = :token;
