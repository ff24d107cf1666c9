-- Pushes to an explicit list of tokens or accounts start hundreds at a time, the others one by one: each kind finds its
-- own work, however much of the other is waiting.

ALTER TABLE pushes ADD COLUMN listed boolean NOT NULL
    GENERATED ALWAYS AS (audience_type IN ('token', 'token_list', 'account', 'account_list')) STORED;
DROP INDEX pushes_work;
CREATE INDEX pushes_work ON pushes (listed, due) WHERE state IN ('PUSH_INIT', 'PUSH_WAIT');
