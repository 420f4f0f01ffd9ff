-- The token of the private door stands in a file of its own beside the data. The one that stood here opens nothing any more.
DELETE FROM settings WHERE name IN ('ui_token', 'ui_sessions');
