-- name: find(member_id, access_id)
SELECT draft, saved_at FROM push_drafts WHERE member_id = :member_id AND access_id = :access_id;

-- name: save(member_id, access_id, draft)
INSERT INTO push_drafts (member_id, access_id, draft) VALUES (:member_id, :access_id, :draft)
ON CONFLICT (member_id, access_id) DO UPDATE SET draft = excluded.draft, saved_at = now();

-- name: delete(member_id, access_id)
DELETE FROM push_drafts WHERE member_id = :member_id AND access_id = :access_id;
