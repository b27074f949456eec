-- Times are unix milliseconds, hashes are lower-case hexadecimal SHA-256.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    tier INTEGER NOT NULL,
    created_at BIGINT NOT NULL
);

-- kind: 1 API key, 2 tunnel token.
CREATE TABLE credentials (
    id TEXT NOT NULL PRIMARY KEY,
    kind INTEGER NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    per_hour INTEGER,
    per_day INTEGER,
    per_month INTEGER
);

CREATE INDEX credentials_by_account ON credentials (account_id, kind);
