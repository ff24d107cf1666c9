-- Push plans, and the numbers of pushes that are added up over them.

-- Written by: pushes. A label that groups pushes; the default plan ('' or '0' in `pushes.plan_id`) has no row.
CREATE TABLE push_plans (
    plan_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    access_id   bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    name        text NOT NULL,
    description text NOT NULL,
    source      text NOT NULL DEFAULT 'api' CHECK (source IN ('api', 'web')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz               -- its pushes keep it, new ones can't have it
);
CREATE INDEX push_plans_by_app ON push_plans (access_id, plan_id DESC);

-- When a push went out, or will: what records and statistics are asked by.
CREATE INDEX pushes_pushed ON pushes (access_id, (coalesce(started_at, due)), push_id);

-- Written by: stats. The funnel of a push by channel, as numbers, at most a minute behind; made anew from the sets whenever
-- those have changed, so a repeated batch or receipt changes nothing here either.
CREATE TABLE push_totals (
    push_id bigint NOT NULL REFERENCES pushes ON DELETE CASCADE,
    channel text NOT NULL,               -- 'all': arrived is distinct over all channels, the others are their sum
    planned bigint NOT NULL,
    sent    bigint NOT NULL,
    arrived bigint NOT NULL,
    shown   bigint NOT NULL,
    clicked bigint NOT NULL,
    cleared bigint NOT NULL,
    retried bigint NOT NULL,
    open    boolean NOT NULL,            -- not all of its slices are done: made anew each time
    PRIMARY KEY (push_id, channel)
);
CREATE INDEX push_totals_open ON push_totals (push_id) WHERE open AND channel = 'all';

-- Written by: stats. How far a rollup has come: receipt_deltas up to here are in, and pushes that started until then.
CREATE TABLE rollups (
    name    text PRIMARY KEY,
    upto    bigint NOT NULL DEFAULT 0,
    started timestamptz NOT NULL DEFAULT '-infinity'
);
