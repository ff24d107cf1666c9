-- name: push(access_id, push_id)
SELECT package_id, account_type,
       ARRAY(SELECT slice_no FROM push_slices AS slice WHERE slice.push_id = push.push_id ORDER BY slice_no) AS slice_nos
FROM pushes AS push WHERE push_id = :push_id AND access_id = :access_id;

-- name: slice(push_id, slice_no)
SELECT push_id, slice_no, channel, first_device, last_device, targets, sent_upto FROM push_slices
WHERE push_id = :push_id AND slice_no = :slice_no;

-- name: receipts(push_id, slice_no)
-- What the devices of one slice confirmed, oldest first.
SELECT event, minute, devices FROM receipt_deltas
WHERE push_id = :push_id AND slice_no = :slice_no ORDER BY minute, delta_id;

-- name: bound(access_id, account_type, first_device, last_device)
-- Tokens of a range of devices, with the account each is bound to now.
SELECT device.device_id, device.token, binding.account
FROM devices AS device
LEFT JOIN account_bindings AS binding ON binding.access_id = device.access_id
    AND binding.device_id = device.device_id AND binding.account_type = :account_type
WHERE device.access_id = :access_id AND device.device_id BETWEEN :first_device AND :last_device
ORDER BY device.device_id;
