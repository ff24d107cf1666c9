-- name: park(push_id)
-- What has not been sent waits until it is called for; a batch in flight ends as it began.
UPDATE push_slices SET due = 'infinity' WHERE push_id = :push_id AND state = 'due';

-- name: call_again(push_id)
-- What was parked is due, all of it at one moment, so that slices go in their order. Of a paced push only what had been begun,
-- and the first of the rest, which calls the next.
UPDATE push_slices AS slice SET due = statement_timestamp()
FROM pushes AS push
WHERE slice.push_id = :push_id AND push.push_id = slice.push_id AND slice.state = 'due'
  AND (push.push_speed = 0 OR slice.attempts > 0 OR slice.cause <> 'planned' OR slice.slice_no = (
      SELECT min(slice_no) FROM push_slices
      WHERE push_id = :push_id AND state = 'due' AND attempts = 0 AND cause = 'planned'));

-- name: discard(push_ids)
-- What has not been sent will not be. Slices in work are closed by those who hold them.
UPDATE push_slices SET state = 'done'
WHERE push_id = ANY (:push_ids) AND state IN ('due', 'confirming')
  AND (lease_until IS NULL OR lease_until < clock_timestamp());

-- name: recall(push_id)
-- Whoever was sent it over the own channel is told to take it back.
UPDATE push_slices SET state = 'recalling', due = clock_timestamp(), recalled_upto = -1, lease_owner = NULL, lease_until = NULL
WHERE push_id = :push_id AND channel = 'xg' AND sent_upto >= first_device
  AND (lease_until IS NULL OR lease_until < clock_timestamp());

-- name: in_flight(push_id)
-- Is a batch of it under way?
SELECT EXISTS (
    SELECT FROM push_slices WHERE push_id = :push_id AND state = 'due' AND lease_until > clock_timestamp()
) AS found;
