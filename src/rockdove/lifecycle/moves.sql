-- name: lock(push_ids)
-- The states, held until the transaction ends: two moves of one push happen one after the other. Locked in order of their
-- ids, so that two who move many can't wait for each other.
SELECT push_id, state FROM pushes WHERE push_id = ANY (:push_ids) ORDER BY push_id FOR NO KEY UPDATE;

-- name: move(push_ids, origins, state, failure)
-- The only statement of the product that changes a state. Its times belong to it: the offline copies of a push live
-- from its start (not from its creation), and the order of sending is given here because scheduled pushes are
-- older than their sending; of many that start together it is the order in which they are named. A paused push that goes on
-- keeps those of its first start. Pushes that are in none of the states `origins` stay as they are.
UPDATE pushes AS push SET
    state       = :state,
    failure     = :failure,
    lease_until = NULL,
    lease_owner = NULL,
    started_at  = CASE WHEN :state = 'PUSH_STARTED' AND state <> 'PUSH_PAUSED' THEN clock_timestamp() ELSE started_at END,
    send_seq    = CASE WHEN :state = 'PUSH_STARTED' AND state <> 'PUSH_PAUSED' THEN moving.next_seq ELSE send_seq END,
    expires_at  = CASE WHEN :state = 'PUSH_STARTED' AND state <> 'PUSH_PAUSED'
                       THEN clock_timestamp() + make_interval(secs => expire_seconds) ELSE expires_at END,
    finished_at = CASE WHEN :state IN ('PUSH_STARTED', 'PUSH_WAIT', 'PUSH_PAUSED') THEN finished_at
                       ELSE coalesce(finished_at, clock_timestamp()) END
FROM (
    SELECT push_id, CASE WHEN :state = 'PUSH_STARTED' THEN nextval('send_seq') END AS next_seq
    FROM unnest(:push_ids::bigint[]) WITH ORDINALITY AS named (push_id, position) ORDER BY position
) AS moving
WHERE push.push_id = moving.push_id AND push.state = ANY (:origins)
RETURNING push.push_id, push.send_seq, push.expires_at;
