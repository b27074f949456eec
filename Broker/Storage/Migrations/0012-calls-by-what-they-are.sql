-- Pages count an account's calls by model, CLI or machine: the index answers that, where each of its entries led to a row of its own.
DROP INDEX calls_by_account;
CREATE INDEX calls_by_account ON calls (account_id, began_at, id, model, provider, machine, machine_id);
