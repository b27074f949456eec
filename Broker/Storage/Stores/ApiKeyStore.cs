using Polydev.Broker.ApiKeys;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

internal sealed class ApiKeyStore(Database database, TierOptions tiers) : IApiKeyStore
{
    private const string Select =
        """
        SELECT k.id AS Id, k.account_id AS AccountId, k.name AS Name, k.created_at AS CreatedAt, k.revoked_at AS RevokedAt,
               k.expires_at AS ExpiresAt, k.per_hour AS PerHour, k.per_day AS PerDay, k.per_month AS PerMonth,
               k.hour_start AS HourStart, k.hour_used AS HourUsed, k.day_start AS DayStart, k.day_used AS DayUsed,
               k.month_start AS MonthStart, k.month_used AS MonthUsed, a.tier AS Tier,
               a.month_start AS AccountStart, a.month_used AS AccountUsed, k.secret_number AS SecretNumber,
               k.old_expires_at AS OldExpiresAt,
               (SELECT max(u.used_at) FROM secret_uses u WHERE u.key_id = k.id) AS UsedAt,
               (SELECT u.used_at FROM secret_uses u WHERE u.key_id = k.id AND u.secret_number = k.secret_number - 1) AS OldUsedAt
        FROM credentials k JOIN accounts a ON a.id = k.account_id
        WHERE k.account_id = @AccountId AND k.kind = 1
        """;

    public async Task<IReadOnlyList<ApiKey>> ListAsync(string accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await database.StoreCountsAsync(cancellationToken);
        var rows = await database.ListAsync<Row>(
            $"{Select} ORDER BY k.created_at, k.id", new { AccountId = accountId }, cancellationToken);
        return [.. rows.Select(row => row.ToKey(now, tiers))];
    }

    public async Task<ApiKey?> FindAsync(string accountId, string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await database.StoreCountsAsync(cancellationToken);
        var row = await database.FindAsync<Row>(
            $"{Select} AND k.id = @Id", new { AccountId = accountId, Id = id }, cancellationToken);
        return row?.ToKey(now, tiers);
    }

    private sealed record Row : QuotaCounts
    {
        public required string Id { get; init; }

        public required string Name { get; init; }

        public required long CreatedAt { get; init; }

        public long? RevokedAt { get; init; }

        public required int SecretNumber { get; init; }

        public long? OldExpiresAt { get; init; }

        public long? UsedAt { get; init; }

        public long? OldUsedAt { get; init; }

        public ApiKey ToKey(DateTimeOffset now, TierOptions tiers) => new()
        {
            Credential = new Credential
            {
                Id = Id,
                Kind = CredentialKind.ApiKey,
                AccountId = AccountId,
                Name = Name,
                CreatedAt = StoredTime.Of(CreatedAt),
                RevokedAt = StoredTime.Of(RevokedAt),
                ExpiresAt = StoredTime.Of(ExpiresAt),
                PerHour = PerHour,
                PerDay = PerDay,
                PerMonth = PerMonth,
                SecretNumber = SecretNumber,
            },
            Windows = StateAt(QuotaStarts.At(now), tiers),
            LastUsedAt = StoredTime.Of(UsedAt),
            OldSecret = StoredTime.Of(OldExpiresAt) is { } end && end > now
                ? new RotatingSecret(end, StoredTime.Of(OldUsedAt))
                : null,
        };
    }
}
