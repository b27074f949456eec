-- Unix milliseconds; null: until it is revoked.
ALTER TABLE credentials ADD COLUMN expires_at BIGINT;
