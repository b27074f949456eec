using System.Data;
using Dapper;
using Polydev.Broker.Calls;

namespace Polydev.Broker.Storage.Stores;

internal sealed class UsageStore(Database database) : IUsageStore
{
    private const string Select =
        """
        SELECT id AS Id, account_id AS AccountId, key_id AS KeyId, began_at AS BeganAt, model AS Model, dialect AS Dialect,
               provider AS Provider, machine AS Machine, status AS Status, result AS Result, outcome AS Outcome,
               first_token_ms AS FirstTokenMs, duration_ms AS DurationMs, input_tokens AS InputTokens, cached_tokens AS CachedTokens,
               output_tokens AS OutputTokens, thinking_tokens AS ThinkingTokens
        FROM calls
        """;

    // PostgreSQL's sum of bigints is a numeric.
    private const string Sums =
        """
        CAST(sum(calls) AS BIGINT) AS Calls, CAST(sum(failed) AS BIGINT) AS Failed, CAST(sum(input_tokens) AS BIGINT) AS InputTokens,
        CAST(sum(cached_tokens) AS BIGINT) AS CachedTokens, CAST(sum(output_tokens) AS BIGINT) AS OutputTokens,
        CAST(sum(thinking_tokens) AS BIGINT) AS ThinkingTokens
        """;

    public async Task AddAsync(IReadOnlyCollection<RecordedCall> calls, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);
        var added = new HashSet<string>(StringComparer.Ordinal);
        foreach (var insert in CallRow.Inserts.Of(calls))
        {
            added.UnionWith(await connection.QueryAsync<string>(
                new CommandDefinition(insert.Sql, insert.Parameters, transaction, cancellationToken: cancellationToken)));
        }

        // In one order everywhere: two brokers that add to the same totals do not wait for each other in a circle.
        var totals = calls.Where(call => added.Remove(call.Id)).GroupBy(TotalsRow.KeyOf).Select(TotalsRow.Of).Order();
        foreach (var insert in TotalsRow.Inserts.Of(totals))
        {
            await connection.ExecuteAsync(
                new CommandDefinition(insert.Sql, insert.Parameters, transaction, cancellationToken: cancellationToken));
        }

        await transaction.CommitAsync(cancellationToken);
    }

    public async Task<CallPage> ListAsync(CallQuery query, CancellationToken cancellationToken)
    {
        var conditions = new List<string> { "account_id = @AccountId" };
        Add(query.KeyId, "key_id = @KeyId");
        Add(query.Model, "model = @Model");
        Add(query.Provider, "provider = @Provider");
        Add(query.Machine, "machine = @Machine");
        Add(query.Result, "result = @Result");
        Add(query.From, "began_at >= @From");
        Add(query.To, "began_at < @To");
        Add(query.After, "(began_at, id) < (@AfterTime, @AfterId)");
        var asked = new
        {
            query.AccountId,
            query.KeyId,
            query.Model,
            query.Provider,
            query.Machine,
            Result = (int?)query.Result,
            From = query.From?.ToUnixTimeMilliseconds(),
            To = query.To?.ToUnixTimeMilliseconds(),
            AfterTime = query.After?.BeganAt.ToUnixTimeMilliseconds(),
            AfterId = query.After?.Id,
            Rows = query.PageSize + 1,
        };
        var rows = await database.ListAsync<CallRow>(
            $"{Select} WHERE {string.Join(" AND ", conditions)} ORDER BY began_at DESC, id DESC LIMIT @Rows", asked, cancellationToken);

        // One more than the page has says that there is another.
        List<RecordedCall> calls = [.. rows.Take(query.PageSize).Select(row => row.ToCall())];
        return new CallPage(calls, rows.Count > calls.Count ? CallCursor.Behind(calls[^1]) : null);

        void Add(object? value, string condition)
        {
            if (value is not null)
            {
                conditions.Add(condition);
            }
        }
    }

    public async Task<RecordedCall?> FindAsync(string accountId, string id, CancellationToken cancellationToken) =>
        (await database.FindAsync<CallRow>(
            $"{Select} WHERE id = @Id AND account_id = @AccountId",
            new { Id = id, AccountId = accountId },
            cancellationToken))?.ToCall();

    public async Task<IReadOnlyList<UsageOfDay>> DaysAsync(UsageQuery query, CancellationToken cancellationToken) =>
    [
        .. (await SumAsync(query, "day", "day, Name", cancellationToken))
            .Select(row => new UsageOfDay(DateOnly.FromDateTime(StoredTime.Of(row.Day).UtcDateTime), row.Name, row.Totals)),
    ];

    public async Task<IReadOnlyList<UsageOfName>> SumsAsync(UsageQuery query, CancellationToken cancellationToken) =>
        [.. (await SumAsync(query, null, "Calls DESC, Name", cancellationToken)).Select(row => new UsageOfName(row.Name, row.Totals))];

    public Task<int> DeleteCallsAsync(DateTimeOffset before, int most, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"""
        DELETE FROM calls WHERE id IN
            (SELECT id FROM calls WHERE began_at < @Before ORDER BY began_at LIMIT @Most {database.SkipLocked})
        """,
        new { Before = before.ToUnixTimeMilliseconds(), Most = most },
        cancellationToken);

    public Task<int> DeleteTotalsAsync(DateOnly before, int most, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"""
        DELETE FROM daily_totals WHERE (account_id, day, key_id, provider, model) IN
            (SELECT account_id, day, key_id, provider, model FROM daily_totals WHERE day < @Before ORDER BY day
             LIMIT @Most {database.SkipLocked})
        """,
        new { Before = StoredTime.Of(before), Most = most },
        cancellationToken);

    private async Task<IReadOnlyList<SumRow>> SumAsync(UsageQuery query, string? day, string order, CancellationToken cancellationToken)
    {
        var name = query.By switch
        {
            null => null,
            UsageGrouping.Key => "key_id",
            UsageGrouping.Model => "model",
            UsageGrouping.Provider => "provider",
            _ => throw new ArgumentOutOfRangeException(nameof(query), query.By, null),
        };
        var groups = string.Join(", ", new[] { day, name }.Where(column => column is not null));
        return await database.ListAsync<SumRow>(
            $"""
            SELECT {day ?? "0"} AS Day, {name ?? "''"} AS Name, {Sums} FROM daily_totals
            WHERE account_id = @AccountId AND day BETWEEN @From AND @To {(query.KeyId is null ? "" : "AND key_id = @KeyId")}
            {(groups.Length > 0 ? $"GROUP BY {groups}" : "HAVING count(*) > 0")} ORDER BY {order}
            """,
            new { query.AccountId, query.KeyId, From = StoredTime.Of(query.From), To = StoredTime.Of(query.To) },
            cancellationToken);
    }
}
