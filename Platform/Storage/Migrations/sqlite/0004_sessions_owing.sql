-- A session that has ended or is being deleted, while somebody must still be told or something be given back.
ALTER TABLE sessions ADD COLUMN owes INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sessions_owing ON sessions (id) WHERE owes;
