-- Reminders of grains. Times are in ticks of 100 ns, start_at since the year 1 in UTC: a reminder is due at start_at + n * period exactly.
-- The version is the etag. Of a row that is removed and made again it never comes back.

CREATE TABLE reminders (
    grain_id TEXT NOT NULL,
    name TEXT NOT NULL,
    grain_hash INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    period INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (grain_id, name)
);
CREATE INDEX reminders_hash ON reminders (grain_hash);
