-- name: changed(access_ids, since, most)
-- Of each application: the bulk pushes that changed, or got slices of the own channel, since the transaction `since` (NULL:
-- those that count at all, newest first), and where the next look begins. One snapshot for all of it: what is not visible
-- here belongs to a transaction not older than `horizon`. Nothing but index entries of recent transactions is looked at.
SELECT asking.access_id, pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, clock_timestamp() AS now,
       EXISTS (
           SELECT FROM pushes AS revoked
           WHERE revoked.access_id = asking.access_id AND revoked.state = 'PUSH_REVOKED' AND NOT revoked.bulk
             AND revoked.expires_at > clock_timestamp()
       ) AS small_revoked,
       ARRAY(
           SELECT push_id FROM (
               SELECT push_id FROM pushes
               WHERE asking.since IS NULL AND access_id = asking.access_id AND bulk
                 AND state IN ('PUSH_STARTED', 'PUSH_PAUSED', 'PUSH_FINISHED', 'PUSH_REVOKED')
                 AND expires_at > clock_timestamp()
               ORDER BY send_seq DESC LIMIT :most
           ) AS active
           UNION ALL
           SELECT push_id FROM pushes
           WHERE access_id = asking.access_id AND bulk AND send_seq IS NOT NULL AND changed_xid >= asking.since
           UNION ALL
           SELECT push_id FROM push_slices
           WHERE access_id = asking.access_id AND channel = 'xg' AND added_xid >= asking.since
       ) AS push_ids
FROM unnest(:access_ids::bigint[], :since::text[]::xid8[]) AS asking (access_id, since);

-- name: facts(push_ids)
-- What has to be known of bulk pushes that still count. No row: it does not.
SELECT access_id, push_id, send_seq, expires_at, state = 'PUSH_REVOKED' AS revoked
FROM pushes
WHERE push_id = ANY (:push_ids) AND bulk AND expire_seconds > 0 AND expires_at > clock_timestamp()
  AND state IN ('PUSH_STARTED', 'PUSH_PAUSED', 'PUSH_FINISHED', 'PUSH_REVOKED');
