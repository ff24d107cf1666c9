-- Several channels: slices that came from other slices, and what became of single devices.

ALTER TABLE pushes
    ADD COLUMN online_first boolean NOT NULL DEFAULT true;   -- connected devices get it over the own channel, whatever theirs is

-- Written by: audience (cause 'planned'), dispatch (the others). A device that leaves a slice for another one is recorded
-- as an exception of the first, in the same transaction: it is in exactly one slice that still has to be sent.
ALTER TABLE push_slices
    DROP CONSTRAINT push_slices_state_check,
    ADD CONSTRAINT push_slices_state_check CHECK (state IN ('due', 'confirming', 'recalling', 'done')),
    ADD COLUMN cause text NOT NULL DEFAULT 'planned'
        CHECK (cause IN ('planned', 'online', 'refused', 'retry', 'unconfirmed')),
    ADD COLUMN round integer NOT NULL DEFAULT 0,             -- how often these devices were tried before on this channel
    ADD COLUMN fallback text NOT NULL DEFAULT '',            -- the channel for whom the own one does not confirm in time
    ADD COLUMN recalled_upto bigint NOT NULL DEFAULT -1;     -- of a revoked push: told so far to take it back
CREATE INDEX push_slices_open ON push_slices (due, push_id, slice_no) WHERE state <> 'done';
DROP INDEX push_slices_work;

-- Written by: dispatch. The devices of a slice that a channel did not simply take: `failed` for good, or `moved` to another
-- slice, with the reason in the channel's words.
CREATE TABLE slice_exceptions (
    push_id  bigint NOT NULL,
    slice_no integer NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('failed', 'moved')),
    reason   text NOT NULL,
    devices  bytea NOT NULL,                                 -- roaring bitmap of device ids
    FOREIGN KEY (push_id, slice_no) REFERENCES push_slices ON DELETE CASCADE
);
ALTER TABLE slice_exceptions ALTER COLUMN devices SET STORAGE EXTERNAL;
CREATE INDEX slice_exceptions_slice ON slice_exceptions (push_id, slice_no);
