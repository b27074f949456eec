-- A row for each call that has ended, and their sums by day. Times are unix milliseconds; of what a caller wrote there is the model's id alone.
-- No references: a call is recorded behind its end, when its key or its account may be gone.
-- result: 1 answered, 2 refused, 3 failed, 4 cancelled. provider, machine: empty where the call found no tunnel.
CREATE TABLE calls (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    model TEXT NOT NULL,
    dialect TEXT NOT NULL,
    provider TEXT NOT NULL,
    machine TEXT NOT NULL,
    status INTEGER NOT NULL,
    result INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    first_token_ms BIGINT,
    duration_ms BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    thinking_tokens BIGINT NOT NULL
);

-- An account's newest page by page, or of a period; the same of one key; the oldest of all, which are deleted.
CREATE INDEX calls_by_account ON calls (account_id, began_at, id);
CREATE INDEX calls_by_key ON calls (account_id, key_id, began_at, id);
CREATE INDEX calls_by_time ON calls (began_at);

-- day: its midnight by UTC. failed: refused ones too. Written with the rows of calls, and kept for longer.
CREATE TABLE daily_totals (
    account_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    calls BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    thinking_tokens BIGINT NOT NULL,
    PRIMARY KEY (account_id, day, key_id, provider, model)
);

CREATE INDEX daily_totals_by_day ON daily_totals (day);
