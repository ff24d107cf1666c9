-- name: insert
-- Parameters: the columns, and `dues`: one push a time, in that order; NULL is now. A push of a bulk audience that replaces
-- no earlier one becomes the first of its own collapse id.
INSERT INTO pushes (
    push_id, access_id, state, audience_type, audience, package_id, account_type, every_device, message_type, message,
    content_hash, repeat_key, environment, expire_seconds, push_speed, multi_package, disabled_channels, online_first,
    collapse_id, plan_id, group_id, trace_id, source, options, due
) OVERRIDING SYSTEM VALUE
SELECT
    numbered.push_id, :access_id, CASE WHEN numbered.due IS NULL THEN :init ELSE :wait END, :audience_type, :audience,
    :package_id, :account_type, :every_device, :message_type, :message, :content_hash, :repeat_key, :environment,
    :expire_seconds, :push_speed, :multi_package, :disabled_channels, :online_first,
    CASE WHEN :own_collapse_id THEN numbered.push_id ELSE :collapse_id END,
    :plan_id, :group_id, :trace_id, :source, :options, coalesce(numbered.due, clock_timestamp())
FROM (
    SELECT nextval('pushes_push_id_seq') AS push_id, wanted.due
    FROM unnest(:dues::timestamptz[]) WITH ORDINALITY AS wanted (due, position) ORDER BY wanted.position
) AS numbered
RETURNING push_id;

-- name: knows(access_id, push_id)
-- One push of the application, whatever became of it.
SELECT push_id FROM pushes WHERE push_id = :push_id AND access_id = :access_id;

-- name: knows_collapse_id(access_id, collapse_id)
-- A collapse id is the id of the push that was given it first, so the primary key finds it.
SELECT EXISTS (
    SELECT FROM pushes WHERE push_id = :collapse_id AND access_id = :access_id AND collapse_id = push_id
) AS known;
