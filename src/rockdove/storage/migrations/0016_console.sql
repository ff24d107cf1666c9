-- What an application is configured with beyond its keys; when slices were sent; refused files within bounds.

-- Written by: devices.applications. Android: package names beside the main one, whose devices may register too; with none of
-- them every name may. And domain.rates.Rates as JSON: the rates the application has of its own, '{}' is the server's.
ALTER TABLE apps
    ADD COLUMN other_packages text[] NOT NULL DEFAULT '{}',
    ADD COLUMN rates          jsonb  NOT NULL DEFAULT '{}';

-- Written by: stats. Available devices by package name, the most frequent ones.
ALTER TABLE device_standing ADD COLUMN packages jsonb NOT NULL DEFAULT '{}';

-- Minutes since 1970.
CREATE FUNCTION minute_of(moment timestamptz) RETURNS bigint
    STABLE PARALLEL SAFE RETURN floor(extract(epoch FROM moment) / 60)::bigint;

-- Written by: dispatch. How far the cursor had come in each minute: {"29800000": sent_upto}. The row is written for every
-- batch anyway, so this costs no write of its own. Read by: stats (timeline).
ALTER TABLE push_slices ADD COLUMN sent_marks jsonb NOT NULL DEFAULT '{}';

-- Of refused files the newest are kept: found without looking at all packages of an application.
CREATE INDEX packages_rejected ON packages (access_id, package_id DESC) WHERE state = 'rejected';
