-- Which of its attempts to run in a sandbox a session is at: what a node has of an earlier one is removed.
ALTER TABLE sessions ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
