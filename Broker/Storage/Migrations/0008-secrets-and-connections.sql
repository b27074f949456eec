-- The secrets of a key have numbers: 0, and one more by each rotation. old_secret_hash: of the one before, while it may be good; it is until
-- old_expires_at (unix milliseconds).
ALTER TABLE credentials ADD COLUMN secret_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN old_secret_hash TEXT;
ALTER TABLE credentials ADD COLUMN old_expires_at BIGINT;

-- When the last call began that a secret was sent with. Not in the key's own row: that one is locked while calls are counted, and the
-- transaction that writes here waits for the disk.
CREATE TABLE secret_uses (
    key_id TEXT NOT NULL,
    secret_number INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (key_id, secret_number)
);

CREATE INDEX secret_uses_by_account ON secret_uses (account_id);

-- A row for each connection of a tunnel, for two days. seen_at: when its broker last said that it lives; where ended_at is missing long
-- after that, the broker was killed. ending: 1 goodbye, 2 lost, 3 revoked, 4 the broker stopped.
CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ended_at BIGINT,
    ending INTEGER
);

CREATE INDEX connections_by_token ON connections (account_id, token_id, began_at);
CREATE INDEX connections_by_time ON connections (seen_at);
