-- Who changed what of an account, when and from where. actor: 1 a browser's session, 2 an account token, 3 the command line, 4 a machine.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor INTEGER NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    address TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE INDEX audit_by_account ON audit (account_id, happened_at, id);
CREATE INDEX audit_by_time ON audit (happened_at);

-- Since when an account is being deleted (unix milliseconds): nobody can do anything with it any more, and its rows go step by step.
ALTER TABLE accounts ADD COLUMN leaving_at BIGINT;
CREATE INDEX accounts_leaving ON accounts (leaving_at) WHERE leaving_at IS NOT NULL;
