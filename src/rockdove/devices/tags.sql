-- name: hold(access_id, device_ids)
-- The rows of these devices, made where there are none, held until the transaction ends. Written in key order: two batches
-- can't wait for each other. The update changes nothing but makes sure that the row is locked and read as it is now.
INSERT INTO device_tags AS row (access_id, device_id, tag_ids)
SELECT :access_id, device_id, '{}' FROM unnest(:device_ids::bigint[]) AS device_id ORDER BY device_id
ON CONFLICT (access_id, device_id) DO UPDATE SET tag_ids = row.tag_ids WHERE false;

-- name: held(access_id, device_ids)
-- What they carry, by name. Numbers without a name are tags that were deleted: nobody carries them.
SELECT row.device_id, array_remove(array_agg(tag.tag), NULL) AS tags, cardinality(row.tag_ids) AS numbers
FROM (
    SELECT access_id, device_id, tag_ids FROM device_tags
    WHERE access_id = :access_id AND device_id = ANY (:device_ids::bigint[])
    ORDER BY device_id FOR NO KEY UPDATE
) AS row
LEFT JOIN tags AS tag ON tag.access_id = row.access_id AND tag.tag_id = ANY (row.tag_ids)
GROUP BY row.device_id, row.tag_ids;

-- name: names(access_id, tags)
SELECT tag, tag_id FROM tags WHERE access_id = :access_id AND tag = ANY (:tags::text[]);

-- name: lock_names(access_id)
-- Whoever adds names to an application's list, or takes some off, does it alone: so their number is exact.
SELECT pg_advisory_xact_lock(hashtext('rockdove.tags'), hashint8(:access_id));

-- name: count_names(access_id)
SELECT count(*) AS names FROM tags WHERE access_id = :access_id;

-- name: add_names(access_id, tags)
INSERT INTO tags (access_id, tag) SELECT :access_id, tag FROM unnest(:tags::text[]) AS tag ORDER BY tag
ON CONFLICT (access_id, tag) DO NOTHING;

-- name: write(access_id, rows)
-- The new numbers of some devices, whose rows are held.
UPDATE device_tags AS row SET tag_ids = new.tag_ids
FROM jsonb_to_recordset(:rows) AS new (device_id bigint, tag_ids integer[])
WHERE row.access_id = :access_id AND row.device_id = new.device_id;

-- name: delete_names(access_id, tags)
-- A tag is deleted by its name, however many devices carry it: a number without a name means nothing to anybody (audiences
-- look tags up by name), is never given out again, and leaves a device's row when that is next written.
DELETE FROM tags WHERE access_id = :access_id AND tag = ANY (:tags::text[]);

-- name: page(access_id, search, after, maximum)
SELECT tag, device_count FROM tags
WHERE access_id = :access_id AND tag > :after AND (:search = '' OR position(lower(:search) IN lower(tag)) > 0)
ORDER BY tag LIMIT :maximum;

-- name: count_page(access_id, search)
SELECT count(*) AS names, min(counted_at) AS counted_at FROM tags
WHERE access_id = :access_id AND (:search = '' OR position(lower(:search) IN lower(tag)) > 0);
