-- Calls that may be sent again without happening twice.

-- Written by: api, in the transaction of what the call did, so a call that failed has left no key behind.
CREATE TABLE idempotency_keys (
    access_id    bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    endpoint     text NOT NULL CHECK (endpoint IN ('push', 'upload')),
    key          text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,             -- SHA-256 of what was asked for: another request can't use the key
    answer       json NOT NULL,              -- the members of the answer, given again in the same order
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (access_id, endpoint, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
