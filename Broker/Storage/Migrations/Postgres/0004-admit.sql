-- Counts one call of an API key, or none where a window is full; what SqliteQuotaStore does in its transaction. No row: there is no such
-- key, or it is good no longer. The account's row is locked before the key's, here and where a call is given back: nobody waits in a circle.
-- A null limit is none. The windows' starts are the caller's, by its clock; a stored start that is later stays.
CREATE FUNCTION admit(
    wanted TEXT, moment BIGINT, hour_now BIGINT, day_now BIGINT, month_now BIGINT,
    tiers_hour INTEGER[], tiers_day INTEGER[], tiers_month INTEGER[], tiers_account INTEGER[])
RETURNS TABLE (
    IsCounted BOOLEAN, AccountId TEXT, Tier INTEGER, PerHour INTEGER, PerDay INTEGER, PerMonth INTEGER,
    HourStart BIGINT, HourUsed INTEGER, DayStart BIGINT, DayUsed INTEGER, MonthStart BIGINT, MonthUsed INTEGER,
    AccountStart BIGINT, AccountUsed INTEGER)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    owner accounts;
    key credentials;
    counted INTEGER;
BEGIN
    -- As SQLite's NORMAL: a crash of the database server may lose the last counts, one of the broker does not; nobody waits for the disk
    -- with the account's row locked.
    PERFORM set_config('synchronous_commit', 'off', true);

    SELECT a.* INTO owner FROM accounts a JOIN credentials c ON c.account_id = a.id
        WHERE c.id = wanted AND c.kind = 1 FOR NO KEY UPDATE OF a;
    SELECT c.* INTO key FROM credentials c WHERE c.id = wanted AND c.kind = 1 FOR NO KEY UPDATE;
    IF key.id IS NULL OR key.revoked_at IS NOT NULL OR key.expires_at <= moment THEN
        RETURN;
    END IF;

    key.hour_used := CASE WHEN key.hour_start >= hour_now THEN key.hour_used ELSE 0 END;
    key.day_used := CASE WHEN key.day_start >= day_now THEN key.day_used ELSE 0 END;
    key.month_used := CASE WHEN key.month_start >= month_now THEN key.month_used ELSE 0 END;
    owner.month_used := CASE WHEN owner.month_start >= month_now THEN owner.month_used ELSE 0 END;

    -- LEAST passes nulls over; a comparison with null is not true.
    counted := CASE
        WHEN key.hour_used >= LEAST(key.per_hour, tiers_hour[owner.tier])
            OR key.day_used >= LEAST(key.per_day, tiers_day[owner.tier])
            OR key.month_used >= LEAST(key.per_month, tiers_month[owner.tier])
            OR owner.month_used >= tiers_account[owner.tier] THEN 0
        ELSE 1 END;

    key.hour_used := key.hour_used + counted;
    key.day_used := key.day_used + counted;
    key.month_used := key.month_used + counted;
    owner.month_used := owner.month_used + counted;
    key.hour_start := GREATEST(key.hour_start, hour_now);
    key.day_start := GREATEST(key.day_start, day_now);
    key.month_start := GREATEST(key.month_start, month_now);
    owner.month_start := GREATEST(owner.month_start, month_now);

    IF counted = 1 THEN
        UPDATE accounts a SET month_start = owner.month_start, month_used = owner.month_used WHERE a.id = owner.id;
        UPDATE credentials c SET
            hour_start = key.hour_start, hour_used = key.hour_used, day_start = key.day_start, day_used = key.day_used,
            month_start = key.month_start, month_used = key.month_used
            WHERE c.id = key.id;
    END IF;

    RETURN QUERY SELECT
        counted = 1, owner.id, owner.tier, key.per_hour, key.per_day, key.per_month, key.hour_start, key.hour_used, key.day_start,
        key.day_used, key.month_start, key.month_used, owner.month_start, owner.month_used;
END $$;
