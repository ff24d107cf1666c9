-- name: record(member_id, actor, address, access_id, action, object, detail)
INSERT INTO audit_log (member_id, actor, address, access_id, action, object, detail)
VALUES (:member_id, :actor, :address, :access_id, :action, :object, :detail);

-- name: about(access_id, actions, objects)
-- What was done to some things of an application, oldest first.
SELECT audit_id, at, member_id, actor, access_id, action, object, detail, address FROM audit_log
WHERE access_id = :access_id AND object <> '' AND object = ANY (:objects::text[]) AND action = ANY (:actions::text[])
ORDER BY audit_id;

-- name: page(everything, access_ids, member_id, actions, before, maximum)
SELECT audit_id, at, member_id, actor, access_id, action, object, detail, address FROM audit_log
WHERE (:everything OR access_id = ANY (:access_ids::bigint[]))
  AND (:member_id::integer IS NULL OR member_id = :member_id)
  AND (cardinality(:actions::text[]) = 0 OR action = ANY (:actions))
  AND (:before::bigint IS NULL OR audit_id < :before)
ORDER BY audit_id DESC LIMIT :maximum;
