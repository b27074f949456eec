-- What the page of the calls tells beside the figures. Null, or empty: not known, as of every call before this.
-- refused_by: the window that was full (hour, day, month, account), or vendor. ignored: names of request fields. machine_id: the tunnel token.
ALTER TABLE calls ADD COLUMN secret_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN refused_by TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN streamed INTEGER;
ALTER TABLE calls ADD COLUMN machine_id TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN cli_version TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN slot_wait_ms BIGINT;
ALTER TABLE calls ADD COLUMN stop_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN ignored TEXT NOT NULL DEFAULT '';

-- An account's calls that were not answered. It holds few, and costs those that are answered nothing.
CREATE INDEX calls_not_answered ON calls (account_id, began_at, id) WHERE result <> 1;
