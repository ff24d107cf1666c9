-- name: names(access_id)
SELECT name FROM app_attributes WHERE access_id = :access_id ORDER BY name;

-- name: add_names(access_id, names)
INSERT INTO app_attributes (access_id, name) SELECT :access_id, name FROM unnest(:names::text[]) AS name ORDER BY name
ON CONFLICT DO NOTHING;

-- name: remove_names(access_id, names)
DELETE FROM app_attributes WHERE access_id = :access_id AND name = ANY (:names::text[]);

-- name: upsert(access_id, device_id, attributes)
-- Gives how many the device has then.
INSERT INTO device_attributes AS row (access_id, device_id, attributes) VALUES (:access_id, :device_id, :attributes)
ON CONFLICT (access_id, device_id) DO UPDATE SET attributes = row.attributes || excluded.attributes
RETURNING (SELECT count(*) FROM jsonb_object_keys(attributes)) AS number;

-- name: delete(access_id, device_id, names)
UPDATE device_attributes SET attributes = attributes - :names::text[]
WHERE access_id = :access_id AND device_id = :device_id;

-- name: clear(access_id, device_id)
DELETE FROM device_attributes WHERE access_id = :access_id AND device_id = :device_id;
