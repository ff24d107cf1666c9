-- What an application allows of its pushes: a daily cap for each device, no repetition, certain hours of the day.

-- Written by: devices.applications. domain.controls.Controls as JSON; what is off is left out, so '{}' is all off.
ALTER TABLE apps ADD COLUMN controls jsonb NOT NULL DEFAULT '{}';

-- Written by: pushes. SHA-256 of the content and the recipients, where saying the same again within an hour is refused.
ALTER TABLE pushes ADD COLUMN repeat_key bytea;
DROP INDEX pushes_content;
CREATE INDEX pushes_repeat ON pushes (access_id, repeat_key, created_at) WHERE repeat_key IS NOT NULL;

-- Read by: audience (caps.sql). What an application has sent today; its bulk pushes apart, for they are few.
CREATE INDEX pushes_started ON pushes (access_id, bulk, started_at) WHERE started_at IS NOT NULL AND message_type = 'notify';
