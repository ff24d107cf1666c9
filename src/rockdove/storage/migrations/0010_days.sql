-- Statistics by the day, in the application's time zone. All of it is made anew from sets and rows until the day is over.

-- Written by: stats. Distinct devices by channel; 'all' carries the arrivals that are distinct over the channels.
CREATE TABLE channel_days (
    access_id   bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    day         date NOT NULL,
    channel     text NOT NULL,
    planned     bigint NOT NULL,
    sent        bigint NOT NULL,
    arrived     bigint NOT NULL,
    shown       bigint NOT NULL,
    clicked     bigint NOT NULL,
    cleared     bigint NOT NULL,
    retried     bigint NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (access_id, day, channel)
);
-- The receipts of a day. They come in the order of time, so a few kilobytes of ranges find them.
CREATE INDEX receipt_deltas_minute ON receipt_deltas USING brin (minute) WITH (pages_per_range = 16, autosummarize = on);

-- Written by: stats. Who connected on a day: a set, so it does not matter how often, where and through which process.
CREATE TABLE active_days (
    access_id    bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    day          date NOT NULL,
    device_count bigint NOT NULL,
    devices      bytea NOT NULL,                             -- roaring bitmap of device ids
    PRIMARY KEY (access_id, day)
);
ALTER TABLE active_days ALTER COLUMN devices SET STORAGE EXTERNAL;

-- Written by: stats. Devices registered on a day, and ever until its end.
CREATE TABLE device_days (
    access_id   bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    day         date NOT NULL,
    registered  bigint NOT NULL,
    accumulated bigint NOT NULL,
    PRIMARY KEY (access_id, day)
);
CREATE INDEX devices_registered ON devices USING brin (registered_at) WITH (pages_per_range = 16, autosummarize = on);

-- Written by: stats. What the registered devices were on a day, as it was last looked at.
CREATE TABLE device_distributions (
    access_id    bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    day          date NOT NULL,
    property     text NOT NULL,
    value        text NOT NULL,
    device_count bigint NOT NULL,
    PRIMARY KEY (access_id, day, property, value)
);
