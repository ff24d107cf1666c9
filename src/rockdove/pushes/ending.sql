-- name: belongs(push_id, access_id)
SELECT EXISTS (SELECT FROM pushes WHERE push_id = :push_id AND access_id = :access_id) AS found;

-- name: collapsible(push_id)
-- Earlier pushes under the collapse id of this one: those that devices may still be owed, or show, and of those that wait
-- the ones that were made before it. Locked in order of their ids.
SELECT earlier.push_id, earlier.state
FROM pushes AS later
JOIN pushes AS earlier
    ON earlier.access_id = later.access_id AND earlier.collapse_id = later.collapse_id AND earlier.push_id <> later.push_id
WHERE later.push_id = :push_id AND later.collapse_id <> 0
  AND (earlier.state IN ('PUSH_STARTED', 'PUSH_PAUSED', 'PUSH_FINISHED')
       OR (earlier.state IN ('PUSH_INIT', 'PUSH_WAIT') AND earlier.push_id < later.push_id))
ORDER BY earlier.push_id
FOR NO KEY UPDATE OF earlier;
