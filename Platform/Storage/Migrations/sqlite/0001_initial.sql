-- The first schema. Times are milliseconds since 1970 in UTC. Rows with data and version belong to grains, which alone write them:
-- nothing refers to them by foreign key, because a grain's state and a service's row are written in transactions of their own.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE UNIQUE INDEX users_username ON users (lower(username));
CREATE INDEX users_newest ON users (created_at DESC, id DESC);

CREATE TABLE repositories (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    private INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX repositories_newest ON repositories (created_at DESC, id DESC);
CREATE INDEX repositories_owner ON repositories (owner_id, created_at DESC, id DESC);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    repo TEXT NOT NULL,
    state TEXT NOT NULL,
    node TEXT,
    created_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX sessions_newest ON sessions (created_at DESC, id DESC);
CREATE INDEX sessions_owner ON sessions (owner_id, created_at DESC, id DESC);
CREATE INDEX sessions_state ON sessions (state, created_at DESC, id DESC);
CREATE INDEX sessions_repo ON sessions (repo, created_at DESC, id DESC);
CREATE INDEX sessions_node ON sessions (node, state) WHERE node IS NOT NULL;

CREATE TABLE grain_states (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    data TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (type, id)
);

CREATE TABLE refresh_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    family TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER,
    user_agent TEXT
);
CREATE UNIQUE INDEX refresh_tokens_hash ON refresh_tokens (token_hash);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE credentials (
    user_id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    security_stamp TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX credentials_username ON credentials (lower(username));

CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    private_key_protected TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    activates_at INTEGER NOT NULL,
    retires_at INTEGER NOT NULL
);
CREATE INDEX signing_keys_activation ON signing_keys (activates_at);

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row a batch of events, not one an event. mark_max is the largest mark of the stream up to this batch, so that the newest row alone
-- tells where a stream and its source ended.
CREATE TABLE events (
    stream TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    at INTEGER NOT NULL,
    mark INTEGER NOT NULL,
    mark_max INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (stream, first),
    CHECK (first >= 1 AND last >= first)
);
