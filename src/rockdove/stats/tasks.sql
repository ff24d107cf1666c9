-- name: page(access_id, source, states, audience_types, message_type, plan_id, package_id, search, before, maximum)
-- One page of the task list, newest first, behind the push `before`. `search` is a push id, or part of a title or content.
-- The order is that of pushes_pushed, so a page is a range of it: 50 of 10,000 pushes in milliseconds.
SELECT push.push_id, push.state, push.source, push.audience_type, push.message_type,
       coalesce(push.message->>'title', '') AS title, coalesce(push.message->>'content', '') AS content,
       push.plan_id, coalesce(plan.name, '') AS plan_name, push.package_id, coalesce(package.file_name, '') AS package_name,
       push.created_at, push.due, push.started_at, push.finished_at, push.failure,
       coalesce(total.planned, (push.counts->>'planned')::bigint, 0) AS planned, coalesce(total.sent, 0) AS sent,
       coalesce(total.arrived, 0) AS arrived, coalesce(total.clicked, 0) AS clicked,
       total.push_id IS NOT NULL AS counted
FROM pushes AS push
LEFT JOIN push_totals AS total ON total.push_id = push.push_id AND total.channel = 'all'
LEFT JOIN push_plans AS plan ON plan.plan_id::text = push.plan_id
LEFT JOIN packages AS package ON package.package_id = push.package_id
WHERE push.access_id = :access_id AND push.state <> 'PUSH_DELETED'
  AND (:source = '' OR push.source = :source)
  AND (cardinality(:states::text[]) = 0 OR push.state = ANY (:states))
  AND (cardinality(:audience_types::text[]) = 0 OR push.audience_type = ANY (:audience_types))
  AND (:message_type = '' OR push.message_type = :message_type)
  AND (:plan_id::text IS NULL OR push.plan_id = :plan_id)
  AND (:package_id::integer IS NULL OR push.package_id = :package_id)
  AND (:search = '' OR push.push_id::text = :search
       OR position(lower(:search) IN lower(push.message->>'title')) > 0
       OR position(lower(:search) IN lower(push.message->>'content')) > 0)
  AND (:before::bigint IS NULL OR (coalesce(push.started_at, push.due), push.push_id) <
       (SELECT coalesce(last.started_at, last.due), last.push_id FROM pushes AS last WHERE last.push_id = :before))
ORDER BY coalesce(push.started_at, push.due) DESC, push.push_id DESC
LIMIT :maximum;

-- name: find(access_id, push_id)
SELECT push.push_id, push.state, push.source, push.audience_type, push.message_type, push.message, push.audience,
       push.account_type, push.every_device, push.environment, push.expire_seconds, push.push_speed, push.multi_package,
       push.disabled_channels, push.online_first, push.collapse_id, push.plan_id, coalesce(plan.name, '') AS plan_name,
       push.package_id, coalesce(package.file_name, '') AS package_name, coalesce(package.state, '') AS package_state,
       push.options, push.created_at, push.due, push.started_at, push.finished_at, push.expires_at, push.failure, push.counts
FROM pushes AS push
LEFT JOIN push_plans AS plan ON plan.plan_id::text = push.plan_id
LEFT JOIN packages AS package ON package.package_id = push.package_id
WHERE push.access_id = :access_id AND push.push_id = :push_id AND push.state <> 'PUSH_DELETED';

-- name: state(access_id, push_id)
-- As little as it takes to follow it.
SELECT state, counts, started_at, finished_at, failure FROM pushes WHERE access_id = :access_id AND push_id = :push_id;
