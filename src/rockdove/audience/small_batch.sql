-- name: write(push_ids, counts, slice_pushes, slice_nos, access_ids, channels, firsts, lasts, target_counts, targets, leased, owner, seconds, small_apps, small_devices, small_pushes)
-- All that many starting pushes leave behind, in one statement. Slices that their writer sends itself are born with its
-- lease: they need not be claimed, and when it dies they are due for everybody.
WITH counted AS (
    UPDATE pushes AS push SET counts = given.counts
    FROM unnest(:push_ids::bigint[], :counts::jsonb[]) AS given (push_id, counts)
    WHERE push.push_id = given.push_id
), sliced AS (
    INSERT INTO push_slices (push_id, slice_no, access_id, channel, first_device, last_device, target_count, targets,
                             lease_owner, lease_until, attempts)
    SELECT push_id, slice_no, access_id, channel, first_device, last_device, target_count, targets,
           CASE WHEN leased THEN :owner END,
           CASE WHEN leased THEN clock_timestamp() + make_interval(secs => :seconds::float8) END,
           leased::integer
    FROM unnest(:slice_pushes::bigint[], :slice_nos::integer[], :access_ids::bigint[], :channels::text[],
                :firsts::bigint[], :lasts::bigint[], :target_counts::integer[], :targets::bytea[], :leased::boolean[])
         AS slice (push_id, slice_no, access_id, channel, first_device, last_device, target_count, targets, leased)
)
INSERT INTO small_push_targets (access_id, device_id, push_id)
SELECT * FROM unnest(:small_apps::bigint[], :small_devices::bigint[], :small_pushes::bigint[]);
