-- name: record(access_id, push_id, days)
-- One push, if it was due within the last so many days.
SELECT push_id, state, audience_type, audience, package_id, message_type, message, environment, expire_seconds,
       multi_package, collapse_id, group_id, source, created_at, coalesce(started_at, due) AS pushed_at
FROM pushes
WHERE access_id = :access_id AND push_id = :push_id AND greatest(created_at, due) > now() - make_interval(days => :days);

-- name: records(access_id, since, before, message_type, audience_types, maximum, skipped)
-- The pushes of a span of time, newest first, one page; `total` counts all of them.
SELECT push_id, state, audience_type, audience, package_id, message_type, message, environment, expire_seconds,
       multi_package, collapse_id, group_id, source, created_at, coalesce(started_at, due) AS pushed_at
FROM pushes
WHERE access_id = :access_id AND coalesce(started_at, due) >= :since AND coalesce(started_at, due) < :before
  AND (:message_type::text = '' OR message_type = :message_type)
  AND (cardinality(:audience_types::text[]) = 0 OR audience_type = ANY (:audience_types))
ORDER BY coalesce(started_at, due) DESC, push_id DESC
LIMIT :maximum OFFSET :skipped;

-- name: count_records(access_id, since, before, message_type, audience_types)
SELECT count(*) AS total FROM pushes
WHERE access_id = :access_id AND coalesce(started_at, due) >= :since AND coalesce(started_at, due) < :before
  AND (:message_type::text = '' OR message_type = :message_type)
  AND (cardinality(:audience_types::text[]) = 0 OR audience_type = ANY (:audience_types));
