-- name: push(access_id, push_id)
SELECT package_id, account_type,
       ARRAY(SELECT slice_no FROM push_slices AS slice WHERE slice.push_id = push.push_id ORDER BY slice_no) AS slice_nos
FROM pushes AS push WHERE push_id = :push_id AND access_id = :access_id;

-- name: one_snapshot()
-- What is read of a push before its slices has to fit together: a device that moves meanwhile would show up twice, or never.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: exceptions(push_id)
SELECT slice_no, kind, devices FROM slice_exceptions WHERE push_id = :push_id;

-- name: receipts_of_moved(push_id)
-- What was confirmed in the slices that devices have left or come to, the other ones left out.
SELECT receipt.slice_no, receipt.event, receipt.devices
FROM receipt_deltas AS receipt JOIN push_slices AS slice USING (push_id, slice_no)
WHERE receipt.push_id = :push_id
  AND (slice.cause <> 'planned' OR EXISTS (
      SELECT FROM slice_exceptions AS exception
      WHERE exception.push_id = receipt.push_id AND exception.slice_no = receipt.slice_no AND exception.kind = 'moved'
  ))
ORDER BY receipt.slice_no;

-- name: slice(push_id, slice_no)
SELECT push_id, slice_no, channel, targets, sent_upto, offline FROM push_slices
WHERE push_id = :push_id AND slice_no = :slice_no;

-- name: receipts(push_id, slice_no)
-- What the devices of one slice confirmed, oldest first.
SELECT event, minute, devices FROM receipt_deltas
WHERE push_id = :push_id AND slice_no = :slice_no ORDER BY minute, delta_id;

-- name: bound(access_id, account_type, device_ids)
-- Tokens of some devices, with the account each is bound to now. By id and not by range: the devices of a small package are
-- spread over all there are.
SELECT device.device_id, device.token, binding.account
FROM devices AS device
LEFT JOIN account_bindings AS binding ON binding.access_id = device.access_id
    AND binding.device_id = device.device_id AND binding.account_type = :account_type
WHERE device.access_id = :access_id AND device.device_id = ANY (:device_ids::bigint[])
ORDER BY device.device_id;
