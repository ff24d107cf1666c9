-- name: insert(rows, init, wait)
-- One JSON object a request (see requests.py), with `dues`: one push a time, in that order; null is now. Ids are drawn in the
-- order of the requests and of their times. A push of a bulk audience that replaces no earlier one becomes the first of its
-- own collapse id.
INSERT INTO pushes (
    push_id, access_id, state, audience_type, audience, package_id, account_type, every_device, message_type, message,
    content_hash, repeat_key, environment, expire_seconds, push_speed, multi_package, disabled_channels, online_first,
    collapse_id, plan_id, group_id, trace_id, source, options, due
) OVERRIDING SYSTEM VALUE
SELECT
    push_id, access_id, CASE WHEN due IS NULL THEN :init ELSE :wait END, audience_type, audience, package_id, account_type,
    every_device, message_type, message, decode(content_hash, 'hex'), decode(repeat_key, 'hex'), environment,
    expire_seconds, push_speed, multi_package, disabled_channels, online_first,
    CASE WHEN own_collapse_id THEN push_id ELSE collapse_id END,
    plan_id, group_id, trace_id, source, options, coalesce(due, clock_timestamp())
FROM (
    SELECT nextval('pushes_push_id_seq') AS push_id, wanted.due::timestamptz AS due, given.*
    FROM ROWS FROM (jsonb_to_recordset(:rows) AS (
        access_id bigint, audience_type text, audience jsonb, package_id integer, account_type integer,
        every_device boolean, message_type text, message jsonb, content_hash text, repeat_key text, environment text,
        expire_seconds integer, push_speed integer, multi_package boolean, disabled_channels text[],
        online_first boolean, own_collapse_id boolean, collapse_id bigint, plan_id text, group_id text, trace_id text,
        source text, options jsonb, dues jsonb
    )) WITH ORDINALITY AS given
    CROSS JOIN LATERAL jsonb_array_elements_text(given.dues) WITH ORDINALITY AS wanted (due, position)
    ORDER BY given.ordinality, wanted.position
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
