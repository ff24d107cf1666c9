-- Written by: audience. "Whom would this reach?" is work for a worker, which has the index; asked and answered here.
CREATE TABLE previews (
    preview_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    access_id   bigint NOT NULL REFERENCES apps,
    request     jsonb NOT NULL,      -- audience.request.AudienceRequest
    listing     boolean NOT NULL DEFAULT false,  -- asked for the list of unmatched accounts, not for counts
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    result      jsonb,               -- audience.preview.Preview
    object_prefix text NOT NULL DEFAULT '',      -- where the list lies in the package store; swept after an hour
    failure     text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    lease_until timestamptz,
    lease_owner text,
    attempts    integer NOT NULL DEFAULT 0
);
CREATE INDEX previews_work ON previews (preview_id) WHERE state = 'waiting';
CREATE INDEX previews_age ON previews (created_at);
