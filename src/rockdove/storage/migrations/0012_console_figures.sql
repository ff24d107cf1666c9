-- Figures the console shows beside lists of any size: counted now and then by one process of all.

-- Written by: stats (these two columns). How many registered devices carry a tag, and when that was counted.
ALTER TABLE tags ADD COLUMN device_count bigint, ADD COLUMN counted_at timestamptz;

-- Written by: stats. What an application's devices are worth to a push.
CREATE TABLE device_standing (
    access_id    bigint PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
    available    bigint NOT NULL,            -- registered and seen within 90 days
    opted_in     bigint NOT NULL,            -- of those: notifications are enabled
    absent       bigint NOT NULL,            -- registered, and not seen for longer
    unregistered bigint NOT NULL,
    uninstalled  bigint NOT NULL,
    channels     jsonb NOT NULL,             -- available devices by their vendor's channel; '' has none
    counted_at   timestamptz NOT NULL
);
