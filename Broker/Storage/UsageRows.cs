using System.Globalization;
using Dapper;
using Polydev.Broker.Calls;

namespace Polydev.Broker.Storage;

/// <summary>A row of <c>calls</c>.</summary>
internal sealed record CallRow
{
    // A row's parameters are named by these and its place: @Id0, @AccountId0.
    private static readonly (string Column, string Name, Func<RecordedCall, object?> Value)[] Columns =
    [
        ("id", "Id", call => call.Id),
        ("account_id", "AccountId", call => call.AccountId),
        ("key_id", "KeyId", call => call.KeyId),
        ("began_at", "BeganAt", call => call.BeganAt.ToUnixTimeMilliseconds()),
        ("model", "Model", call => call.Model),
        ("dialect", "Dialect", call => call.Dialect),
        ("provider", "Provider", call => call.Provider),
        ("machine", "Machine", call => call.Machine),
        ("status", "Status", call => call.Status),
        ("result", "Result", call => (int)call.Result),
        ("outcome", "Outcome", call => call.Outcome),
        ("first_token_ms", "FirstTokenMs", call => call.FirstTokenMilliseconds),
        ("duration_ms", "DurationMs", call => call.DurationMilliseconds),
        ("input_tokens", "InputTokens", call => call.InputTokens),
        ("cached_tokens", "CachedTokens", call => call.CachedTokens),
        ("output_tokens", "OutputTokens", call => call.OutputTokens),
        ("thinking_tokens", "ThinkingTokens", call => call.ThinkingTokens),
    ];

    public required string Id { get; init; }

    public required string AccountId { get; init; }

    public required string KeyId { get; init; }

    public required long BeganAt { get; init; }

    public required string Model { get; init; }

    public required string Dialect { get; init; }

    public required string Provider { get; init; }

    public required string Machine { get; init; }

    public required int Status { get; init; }

    public required int Result { get; init; }

    public required string Outcome { get; init; }

    public long? FirstTokenMs { get; init; }

    public required long DurationMs { get; init; }

    public required long InputTokens { get; init; }

    public required long CachedTokens { get; init; }

    public required long OutputTokens { get; init; }

    public required long ThinkingTokens { get; init; }

    /// <summary>Inserts so many rows, and tells the ids of those that were not there before.</summary>
    public static string Insert(int rows)
    {
        var values = Enumerable.Range(0, rows).Select(row =>
            $"({string.Join(", ", Columns.Select(column => string.Create(CultureInfo.InvariantCulture, $"@{column.Name}{row}")))})");
        return $"""
            INSERT INTO calls ({string.Join(", ", Columns.Select(column => column.Column))})
            VALUES {string.Join(", ", values)} ON CONFLICT (id) DO NOTHING RETURNING id
            """;
    }

    /// <summary>Those of <see cref="Insert"/>.</summary>
    public static DynamicParameters Parameters(IReadOnlyList<RecordedCall> calls)
    {
        var parameters = new DynamicParameters();
        for (var row = 0; row < calls.Count; row++)
        {
            foreach (var (_, name, value) in Columns)
            {
                parameters.Add(string.Create(CultureInfo.InvariantCulture, $"{name}{row}"), value(calls[row]));
            }
        }

        return parameters;
    }

    public RecordedCall ToCall() => new()
    {
        Id = Id,
        AccountId = AccountId,
        KeyId = KeyId,
        BeganAt = StoredTime.Of(BeganAt),
        Model = Model,
        Dialect = Dialect,
        Provider = Provider,
        Machine = Machine,
        Status = Status,
        Result = (CallResult)Result,
        Outcome = Outcome,
        FirstTokenMilliseconds = FirstTokenMs,
        DurationMilliseconds = DurationMs,
        InputTokens = InputTokens,
        CachedTokens = CachedTokens,
        OutputTokens = OutputTokens,
        ThinkingTokens = ThinkingTokens,
    };
}

/// <summary>A row of <c>daily_totals</c>, or what is to be added to one. In the order of the table's key.</summary>
internal sealed record TotalsRow : IComparable<TotalsRow>
{
    public required string AccountId { get; init; }

    public required long Day { get; init; }

    public required string KeyId { get; init; }

    public required string Provider { get; init; }

    public required string Model { get; init; }

    public long Calls { get; init; }

    public long Failed { get; init; }

    public long InputTokens { get; init; }

    public long CachedTokens { get; init; }

    public long OutputTokens { get; init; }

    public long ThinkingTokens { get; init; }

    /// <summary>The row that a call belongs to, without figures.</summary>
    public static TotalsRow KeyOf(RecordedCall call) => new()
    {
        AccountId = call.AccountId,
        Day = StoredTime.Of(DateOnly.FromDateTime(call.BeganAt.UtcDateTime)),
        KeyId = call.KeyId,
        Provider = call.Provider,
        Model = call.Model,
    };

    public static TotalsRow Of(IGrouping<TotalsRow, RecordedCall> calls) => calls.Key with
    {
        Calls = calls.Count(),
        Failed = calls.Count(call => call.IsFailed),
        InputTokens = calls.Sum(call => call.InputTokens),
        CachedTokens = calls.Sum(call => call.CachedTokens),
        OutputTokens = calls.Sum(call => call.OutputTokens),
        ThinkingTokens = calls.Sum(call => call.ThinkingTokens),
    };

    public int CompareTo(TotalsRow? other)
    {
        if (other is null)
        {
            return 1;
        }

        ReadOnlySpan<int> parts =
        [
            string.CompareOrdinal(AccountId, other.AccountId),
            Day.CompareTo(other.Day),
            string.CompareOrdinal(KeyId, other.KeyId),
            string.CompareOrdinal(Provider, other.Provider),
            string.CompareOrdinal(Model, other.Model),
        ];
        var first = parts.IndexOfAnyExcept(0);
        return first < 0 ? 0 : parts[first];
    }
}

/// <summary>Totals summed up.</summary>
internal sealed record SumRow
{
    public required long Day { get; init; }

    public required string Name { get; init; }

    public required long Calls { get; init; }

    public required long Failed { get; init; }

    public required long InputTokens { get; init; }

    public required long CachedTokens { get; init; }

    public required long OutputTokens { get; init; }

    public required long ThinkingTokens { get; init; }

    public UsageTotals Totals => new(Calls, Failed, InputTokens, CachedTokens, OutputTokens, ThinkingTokens);
}

/// <summary>Times as they are stored: unix milliseconds, a day as its midnight by UTC.</summary>
internal static class StoredTime
{
    public static DateTimeOffset Of(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static long Of(DateOnly day) => new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds();
}
