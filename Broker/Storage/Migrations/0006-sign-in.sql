-- Times are unix milliseconds, hashes are lower-case hexadecimal SHA-256. Rows that have ended go with the making of new ones.
CREATE TABLE sign_in_links (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE INDEX sign_in_links_by_end ON sign_in_links (expires_at);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    secret_hash TEXT NOT NULL,
    browser TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- state: 0 pending, 1 approved, 2 denied, 3 approved and its token given out. account_id: who has decided.
CREATE TABLE device_logins (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    user_code TEXT NOT NULL UNIQUE,
    machine_name TEXT NOT NULL,
    client_version TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    polled_at BIGINT,
    poll_seconds INTEGER NOT NULL,
    state INTEGER NOT NULL,
    account_id TEXT REFERENCES accounts (id)
);

CREATE INDEX device_logins_by_end ON device_logins (expires_at);

-- What the cookies are encrypted with. Of use to nobody alone: a session's secret stands in its cookie and nowhere else.
CREATE TABLE protection_keys (
    name TEXT NOT NULL PRIMARY KEY,
    xml TEXT NOT NULL
);

-- site: where a browser reaches the broker.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Of a tunnel token: when its machine was first and last connected.
ALTER TABLE credentials ADD COLUMN first_seen_at BIGINT;
ALTER TABLE credentials ADD COLUMN last_seen_at BIGINT;
