-- The vendors' channels: their configuration, what they allow, and how fast they may be sent to.

-- Written by: channels. One application's settings at one vendor, as `channels.provider` declares them; what is secret of
-- them lies encrypted in `secrets`.
CREATE TABLE channel_settings (
    access_id  bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    channel    text NOT NULL,
    enabled    boolean NOT NULL DEFAULT true,    -- false: kept, and not sent to
    settings   jsonb NOT NULL,
    secrets    bytea NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (access_id, channel)
);

-- Written by: channels. The access token in force, for all workers; whoever fetches a new one holds the row.
CREATE TABLE channel_tokens (
    access_id   bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    channel     text NOT NULL,
    credentials bytea NOT NULL,                  -- hash of the settings it was fetched with
    token       bytea NOT NULL,                  -- encrypted
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (access_id, channel)
);

-- Written by: dispatch. When an application's next devices may be sent to over a channel, and until when not at all.
CREATE TABLE channel_pace (
    access_id     bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    channel       text NOT NULL,
    next_send_at  timestamptz NOT NULL DEFAULT '-infinity',
    stopped_until timestamptz NOT NULL DEFAULT '-infinity',
    stop_reason   text NOT NULL DEFAULT '',
    PRIMARY KEY (access_id, channel)
);

-- Written by: dispatch. Devices a vendor was given in a day (of China) by class of message.
CREATE TABLE channel_quota_days (
    access_id     bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    channel       text NOT NULL,
    day           date NOT NULL,
    message_class text NOT NULL,
    used          bigint NOT NULL,
    PRIMARY KEY (access_id, channel, day, message_class)
);

-- A slice that waits for its channel has taken its push's turn already.
ALTER TABLE push_slices ADD COLUMN turn_taken boolean NOT NULL DEFAULT false;

-- Vendors report by their own token. A hash of 32 bits a device instead of the token again.
CREATE INDEX devices_channel_token ON devices USING hash (channel_token) WHERE channel_token <> '';
