-- A vendor that does not answer holds up nobody else: the own channel's slices are looked for apart from the vendors'.

CREATE INDEX push_slices_own ON push_slices (due, push_id, slice_no) WHERE state <> 'done' AND channel = 'xg';
CREATE INDEX push_slices_vendors ON push_slices (due, push_id, slice_no) WHERE state <> 'done' AND channel <> 'xg';
DROP INDEX push_slices_open;
