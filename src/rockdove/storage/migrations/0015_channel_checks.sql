-- Written by: channels. What the last test of these settings found (`channels.check.LastCheck`); NULL: none since they were changed.
ALTER TABLE channel_settings ADD COLUMN last_check jsonb;
