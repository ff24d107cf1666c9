-- Devices are told at once: what the gateway keeps in memory is followed by transaction, and connected devices are nudged.

-- Written by: a trigger. Which transaction last changed whether a push is owed, as for devices: the gateway reads what
-- changed since its last look instead of every active push at every question (gateway/active.py).
ALTER TABLE pushes ADD COLUMN changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE TRIGGER pushes_changed BEFORE UPDATE OF state, counts, expires_at ON pushes
    FOR EACH ROW EXECUTE FUNCTION stamp_changed_xid();
CREATE INDEX pushes_changed ON pushes (access_id, changed_xid) WHERE bulk AND send_seq IS NOT NULL;

-- Slices never change in what they cover, so the transaction that added one says it all.
ALTER TABLE push_slices ADD COLUMN added_xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX push_slices_added ON push_slices (access_id, added_xid) WHERE channel = 'xg';

-- A paused push keeps its place among the newest, and of a revoked one devices are told that it is.
DROP INDEX pushes_owed;
CREATE INDEX pushes_owed ON pushes (access_id, expires_at)
    WHERE state IN ('PUSH_STARTED', 'PUSH_PAUSED', 'PUSH_FINISHED', 'PUSH_REVOKED') AND bulk;
CREATE INDEX pushes_revoked ON pushes (access_id, expires_at) WHERE state = 'PUSH_REVOKED' AND NOT bulk;

-- Written by: gateway, and whoever lets a paused push go on. When connected devices that wait for the push are to be told of
-- it unasked. NULL of a push with an accept_time: nobody has looked yet when its hours begin.
ALTER TABLE pushes ADD COLUMN nudge_at timestamptz;
CREATE INDEX pushes_nudge ON pushes (nudge_at)
    WHERE state IN ('PUSH_STARTED', 'PUSH_FINISHED') AND (nudge_at IS NOT NULL OR message ? 'accept_time');
