-- User attributes: what an app knows of the user of a device, for texts that name it.

-- Written by: devices. The names an application has made; values under other names are not taken.
CREATE TABLE app_attributes (
    access_id  bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    name       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (access_id, name)
);

-- Written by: devices. One row a device: a batch of five thousand is read in one go. No audience depends on it.
CREATE TABLE device_attributes (
    access_id  bigint NOT NULL,
    device_id  bigint NOT NULL,
    attributes jsonb NOT NULL,               -- name to value, both text
    PRIMARY KEY (access_id, device_id),
    FOREIGN KEY (access_id, device_id) REFERENCES devices ON DELETE CASCADE
);
