-- A session that has ended or is being deleted, while somebody must still be told or something be given back.
ALTER TABLE sessions ADD COLUMN owes boolean NOT NULL DEFAULT false;
CREATE INDEX sessions_owing ON sessions (id) WHERE owes;
