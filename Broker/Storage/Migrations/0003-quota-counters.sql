-- Calls counted in the window that began at …_start (unix milliseconds, UTC). Of a window that is over they count no more.
ALTER TABLE accounts ADD COLUMN month_start BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN month_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN hour_start BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN hour_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN day_start BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN day_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN month_start BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credentials ADD COLUMN month_used INTEGER NOT NULL DEFAULT 0;
