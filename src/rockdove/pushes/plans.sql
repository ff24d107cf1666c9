-- name: add(access_id, name, description, source)
INSERT INTO push_plans (access_id, name, description, source) VALUES (:access_id, :name, :description, :source)
RETURNING plan_id, name, description, source, created_at, updated_at;

-- name: all(access_id)
-- Newest first.
SELECT plan_id, name, description, source, created_at, updated_at FROM push_plans
WHERE access_id = :access_id AND deleted_at IS NULL ORDER BY plan_id DESC;

-- name: change(access_id, plan_id, name, description)
UPDATE push_plans SET name = :name, description = :description, updated_at = now()
WHERE access_id = :access_id AND plan_id = :plan_id AND deleted_at IS NULL
RETURNING plan_id, name, description, source, created_at, updated_at;

-- name: delete(access_id, plan_id)
-- Its pushes keep it.
UPDATE push_plans SET deleted_at = now()
WHERE access_id = :access_id AND plan_id = :plan_id AND deleted_at IS NULL
RETURNING plan_id;

-- name: knows(access_id, plan_id)
SELECT plan_id FROM push_plans WHERE access_id = :access_id AND plan_id = :plan_id AND deleted_at IS NULL;
