-- What callers may use of the subscriptions on a machine: a row for each tunnel token and CLI of which its owner has set something.
-- allow_overage: 1, calls go on while the vendor counts them as paid. reserve_percent: so much of every window is left to the owner.
CREATE TABLE machine_rules (
    account_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    allow_overage INTEGER NOT NULL,
    reserve_percent INTEGER NOT NULL,
    PRIMARY KEY (account_id, token_id, provider)
);
