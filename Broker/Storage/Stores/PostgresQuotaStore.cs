using Dapper;
using Polydev.Broker.Accounts;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Storage.Stores;

/// <summary>
/// Counts by the database's function <c>admit</c> (Migrations/Postgres): one round trip, and the rows' locks are held no longer.
/// </summary>
internal sealed class PostgresQuotaStore(PostgresDatabase database, TierOptions tiers) : QuotaStore(database, tiers)
{
    private const string Admit =
        "SELECT * FROM admit(@KeyId, @Now, @Hour, @Day, @Month, @TiersHour, @TiersDay, @TiersMonth, @TiersAccount)";

    private readonly int?[] _hour = LimitsOf(tiers, QuotaWindowKind.Hour);
    private readonly int?[] _day = LimitsOf(tiers, QuotaWindowKind.Day);
    private readonly int?[] _month = LimitsOf(tiers, QuotaWindowKind.Month);
    private readonly int?[] _account = LimitsOf(tiers, QuotaWindowKind.AccountMonth);

    // As where it counts: the account's row is not locked for as long as a disk takes.
    protected override string BeforeGivingBack => "SET LOCAL synchronous_commit = off; ";

    public override async ValueTask<Admission?> AdmitAsync(string keyId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var starts = QuotaStarts.At(now);
        var asked = new
        {
            KeyId = keyId,
            Now = now.ToUnixTimeMilliseconds(),
            starts.Hour,
            starts.Day,
            starts.Month,
            TiersHour = _hour,
            TiersDay = _day,
            TiersMonth = _month,
            TiersAccount = _account,
        };
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(
            new CommandDefinition(Admit, asked, cancellationToken: cancellationToken));
        return row is null ? null : new Admission(keyId, row.AccountId, row.StateAt(starts, Tiers), row.IsCounted);
    }

    // The tiers' numbers are the indexes, and PostgreSQL's arrays begin at 1.
    private static int?[] LimitsOf(TierOptions tiers, QuotaWindowKind window) =>
        [.. Enum.GetValues<AccountTier>().Order().Select(tier => tiers.Of(tier).Limit(window))];

    private sealed record Row : QuotaCounts
    {
        public required bool IsCounted { get; init; }
    }
}
