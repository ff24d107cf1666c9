-- Pushes are forgotten some months after their end. Their small targets are gone long before (audience, forget_small_targets):
-- to look through that table once more for each of them, for want of an index by push, would take hours.
ALTER TABLE small_push_targets DROP CONSTRAINT small_push_targets_push_id_fkey;
