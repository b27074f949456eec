using System.Data;
using Dapper;
using Polydev.Broker.Calls;

namespace Polydev.Broker.Storage.Stores;

internal sealed class UsageStore(Database database) : IUsageStore
{
    // PostgreSQL's sum of bigints is a numeric.
    private const string Sums =
        """
        CAST(sum(calls) AS BIGINT) AS Calls, CAST(sum(failed) AS BIGINT) AS Failed, CAST(sum(input_tokens) AS BIGINT) AS InputTokens,
        CAST(sum(cached_tokens) AS BIGINT) AS CachedTokens, CAST(sum(output_tokens) AS BIGINT) AS OutputTokens,
        CAST(sum(thinking_tokens) AS BIGINT) AS ThinkingTokens
        """;

    public async Task AddAsync(IReadOnlyCollection<RecordedCall> calls, CancellationToken cancellationToken)
    {
        using var turn = await database.TurnToWriteAsync(cancellationToken);
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);
        var added = await database.InsertAsync(CallRow.Inserts, calls, transaction, cancellationToken);
        await database.InsertAsync(UseRow.Inserts, UseRow.Of(calls), transaction, cancellationToken);

        // In one order everywhere: two brokers that add to the same totals do not wait for each other in a circle.
        var totals = added.GroupBy(TotalsRow.KeyOf).Select(TotalsRow.Of).Order();
        await database.InsertAsync(TotalsRow.Inserts, totals, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task<CallPage> ListAsync(CallQuery query, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<CallRow>(
            $"{CallRow.Select} WHERE {ConditionsOf(query)} ORDER BY began_at DESC, id DESC LIMIT @Rows",
            ParametersOf(query),
            cancellationToken);

        // One more than the page has says that there is another.
        List<RecordedCall> calls = [.. rows.Take(query.PageSize).Select(row => row.ToCall())];
        return new CallPage(calls, rows.Count > calls.Count ? CallCursor.Behind(calls[^1]) : null);
    }

    // All are counted in an index that tells no result, and those not answered in their own, which holds few.
    public async Task<CallCounts> CountAsync(CallQuery query, CancellationToken cancellationToken)
    {
        var conditions = ConditionsOf(query);
        var counts = await database.ListAsync<CountRow>(
            $"""
            SELECT 0 AS Result, count(*) AS Calls FROM calls WHERE {conditions}
            UNION ALL
            SELECT result AS Result, count(*) AS Calls FROM calls WHERE {conditions} AND result <> 1 GROUP BY result
            """,
            ParametersOf(query),
            cancellationToken);
        var (refused, failed, cancelled) = (Of(CallResult.Refused), Of(CallResult.Failed), Of(CallResult.Cancelled));
        return new CallCounts(Of(0) - refused - failed - cancelled, refused, failed, cancelled);

        long Of(CallResult result) => counts.Where(row => row.Result == (int)result).Sum(row => row.Calls);
    }

    public async Task<CallFigures> FiguresAsync(CallQuery query, CancellationToken cancellationToken)
    {
        var asked = ParametersOf(query);
        var failures = await database.ListAsync<FailureRow>(
            $"""
            SELECT outcome AS Outcome, refused_by AS RefusedBy, CAST(count(*) AS BIGINT) AS Calls FROM calls
            WHERE {ConditionsOf(query)} AND result <> 1 AND result IN (2, 3) GROUP BY outcome, refused_by ORDER BY Calls DESC, Outcome
            """,
            asked,
            cancellationToken);
        var sums = await database.ListAsync<FigureRow>(
            $"""
            SELECT count(first_token_ms) AS WithText, max(first_token_ms) AS Slowest,
                CAST(COALESCE(sum(input_tokens), 0) AS BIGINT) AS InputTokens,
                CAST(COALESCE(sum(cached_tokens), 0) AS BIGINT) AS CachedTokens,
                CAST(COALESCE(sum(output_tokens), 0) AS BIGINT) AS OutputTokens
            FROM calls WHERE {ConditionsOf(query)}
            """,
            asked,
            cancellationToken);
        return new CallFigures(
            [.. failures.Select(row => new CallFailures(row.Outcome, row.RefusedBy, row.Calls))],
            await MedianAsync(query, asked, sums[0].WithText, cancellationToken),
            sums[0].Slowest, sums[0].InputTokens, sums[0].CachedTokens, sums[0].OutputTokens);
    }

    public async Task<RecordedCall?> FindAsync(string accountId, string id, CancellationToken cancellationToken) =>
        (await database.FindAsync<CallRow>(
            $"{CallRow.Select} WHERE id = @Id AND account_id = @AccountId",
            new { Id = id, AccountId = accountId },
            cancellationToken))?.ToCall();

    public async Task<IReadOnlyList<UsageOfDay>> DaysAsync(UsageQuery query, CancellationToken cancellationToken) =>
    [
        .. (await SumAsync(query, "day", "day, Name, Provider", cancellationToken))
            .Select(row => new UsageOfDay(DateOnly.FromDateTime(StoredTime.Of(row.Day).UtcDateTime), row.Name, row.Totals, row.Provider)),
    ];

    public async Task<IReadOnlyList<UsageOfName>> SumsAsync(UsageQuery query, CancellationToken cancellationToken) =>
    [
        .. (await SumAsync(query, null, "Calls DESC, Name, Provider", cancellationToken))
            .Select(row => new UsageOfName(row.Name, row.Totals, row.Provider)),
    ];

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

    // The same on both databases. Of an even number the lower of the two in the middle.
    private async Task<long?> MedianAsync(
        CallQuery query, DynamicParameters asked, long calls, CancellationToken cancellationToken)
    {
        if (calls == 0)
        {
            return null;
        }

        asked.Add("Middle", (calls - 1) / 2);
        var middle = await database.ListAsync<long>(
            $"""
            SELECT first_token_ms FROM calls WHERE {ConditionsOf(query)} AND first_token_ms IS NOT NULL
            ORDER BY first_token_ms LIMIT 1 OFFSET @Middle
            """,
            asked,
            cancellationToken);
        return middle.Count > 0 ? middle[0] : null;
    }

    private string ConditionsOf(CallQuery query)
    {
        var conditions = new List<string> { "account_id = @AccountId" };
        Add(query.KeyId is not null, "key_id = @KeyId");
        Add(query.Model is not null, "model = @Model");
        Add(query.Provider is not null, "provider = @Provider");
        Add(query.Machine is not null, "machine = @Machine");
        Add(query.MachineId is not null, "machine_id = @MachineId");
        Add(query.Outcome is not null, "outcome = @Outcome");
        Add(query.Outcomes is not null, $"outcome {database.In("@Outcomes")}");
        Add(query.Result is not null, "result = @Result");
        Add(query.IsFailed, "result IN (2, 3)");

        // Written out, as it stands in the index of those.
        Add(query.IsNotAnswered || query.IsFailed || query.Result > CallResult.Answered, "result <> 1");
        Add(query.From is not null, "began_at >= @From");
        Add(query.To is not null, "began_at < @To");
        Add(query.After is not null, "(began_at, id) < (@AfterTime, @AfterId)");
        Add(query.NewerThan is not null, "(began_at, id) > (@NewerTime, @NewerId)");
        return string.Join(" AND ", conditions);

        void Add(bool isAsked, string condition)
        {
            if (isAsked)
            {
                conditions.Add(condition);
            }
        }
    }

    private static DynamicParameters ParametersOf(CallQuery query) => new(new
    {
        query.AccountId,
        query.KeyId,
        query.Model,
        query.Provider,
        query.Machine,
        query.MachineId,
        query.Outcome,
        Outcomes = query.Outcomes?.ToArray(),
        Result = (int?)query.Result,
        From = query.From?.ToUnixTimeMilliseconds(),
        To = query.To?.ToUnixTimeMilliseconds(),
        AfterTime = query.After?.BeganAt.ToUnixTimeMilliseconds(),
        AfterId = query.After?.Id,
        NewerTime = query.NewerThan?.BeganAt.ToUnixTimeMilliseconds(),
        NewerId = query.NewerThan?.Id,
        Rows = query.PageSize + 1,
    });

    private async Task<IReadOnlyList<SumRow>> SumAsync(UsageQuery query, string? day, string order, CancellationToken cancellationToken)
    {
        var (name, provider) = query.By switch
        {
            null => (null, null),
            UsageGrouping.Key => ("key_id", null),
            UsageGrouping.Model => ("model", null),
            UsageGrouping.Provider => ("provider", null),
            UsageGrouping.ModelOfProvider => ("CASE WHEN provider = '' THEN '' ELSE model END", "provider"),
            _ => throw new ArgumentOutOfRangeException(nameof(query), query.By, null),
        };
        var groups = string.Join(", ", new[] { day, name, provider }.Where(column => column is not null));
        return await database.ListAsync<SumRow>(
            $"""
            SELECT {day ?? "0"} AS Day, {name ?? "''"} AS Name, {provider ?? "''"} AS Provider, {Sums} FROM daily_totals
            WHERE account_id = @AccountId AND day BETWEEN @From AND @To {(query.KeyId is null ? "" : "AND key_id = @KeyId")}
            {(groups.Length > 0 ? $"GROUP BY {groups}" : "HAVING count(*) > 0")} ORDER BY {order}
            """,
            new { query.AccountId, query.KeyId, From = StoredTime.Of(query.From), To = StoredTime.Of(query.To) },
            cancellationToken);
    }

    // Its columns are set one by one: of no rows, SQLite cannot tell the type of a sum.
    private sealed record FailureRow
    {
        public required string Outcome { get; init; }

        public required string RefusedBy { get; init; }

        public required long Calls { get; init; }
    }

    private sealed record FigureRow
    {
        public required long WithText { get; init; }

        public long? Slowest { get; init; }

        public required long InputTokens { get; init; }

        public required long CachedTokens { get; init; }

        public required long OutputTokens { get; init; }
    }

    private sealed record CountRow
    {
        public required int Result { get; init; }

        public required long Calls { get; init; }
    }
}
