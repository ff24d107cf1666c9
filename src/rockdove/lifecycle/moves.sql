-- name: lock(push_id)
-- The state, held until the transaction ends: two moves of one push happen one after the other.
SELECT state FROM pushes WHERE push_id = :push_id FOR NO KEY UPDATE;

-- name: move(push_id, state, failure)
-- The only statement of the product that changes a state. Its times belong to it: the offline copies of a push live
-- from its start (not from its creation), and the order of sending is given here because scheduled pushes are
-- older than their sending.
UPDATE pushes SET
    state       = :state,
    failure     = :failure,
    lease_until = NULL,
    lease_owner = NULL,
    started_at  = CASE WHEN :state = 'PUSH_STARTED' THEN clock_timestamp() ELSE started_at END,
    send_seq    = CASE WHEN :state = 'PUSH_STARTED' THEN nextval('send_seq') ELSE send_seq END,
    expires_at  = CASE WHEN :state = 'PUSH_STARTED' THEN clock_timestamp() + make_interval(secs => expire_seconds)
                       ELSE expires_at END,
    finished_at = CASE WHEN :state IN ('PUSH_STARTED', 'PUSH_WAIT') THEN finished_at
                       ELSE coalesce(finished_at, clock_timestamp()) END
WHERE push_id = :push_id;
