-- The journal is files of its own beside the database; `sequence` tells up to which record the tables are complete.
DROP TABLE journal;

-- When the timers look at an open session again: never later than it expires, but perhaps earlier, so that a session that is heard
-- of often does not move in the index each time.
ALTER TABLE session RENAME COLUMN expires_at TO due_at;
