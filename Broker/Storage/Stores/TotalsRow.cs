using Polydev.Broker.Calls;

namespace Polydev.Broker.Storage.Stores;

/// <summary>A row of <c>daily_totals</c>, or what is to be added to one. In the order of the table's key.</summary>
internal sealed record TotalsRow : IComparable<TotalsRow>
{
    /// <summary>Each adds to the rows that are there. None holds a row twice.</summary>
    public static readonly RowInserts<TotalsRow> Inserts = new(
        "daily_totals",
        """
        ON CONFLICT (account_id, day, key_id, provider, model) DO UPDATE SET
            calls = daily_totals.calls + excluded.calls,
            failed = daily_totals.failed + excluded.failed,
            input_tokens = daily_totals.input_tokens + excluded.input_tokens,
            cached_tokens = daily_totals.cached_tokens + excluded.cached_tokens,
            output_tokens = daily_totals.output_tokens + excluded.output_tokens,
            thinking_tokens = daily_totals.thinking_tokens + excluded.thinking_tokens
        """,
        [
            ("account_id", row => row.AccountId),
            ("day", row => row.Day),
            ("key_id", row => row.KeyId),
            ("provider", row => row.Provider),
            ("model", row => row.Model),
            ("calls", row => row.Calls),
            ("failed", row => row.Failed),
            ("input_tokens", row => row.InputTokens),
            ("cached_tokens", row => row.CachedTokens),
            ("output_tokens", row => row.OutputTokens),
            ("thinking_tokens", row => row.ThinkingTokens),
        ]);

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

    /// <summary>The row's key.</summary>
    public static (string AccountId, long Day, string KeyId, string Provider, string Model) KeyOf(RecordedCall call) => (
        call.AccountId, StoredTime.Of(DateOnly.FromDateTime(call.BeganAt.UtcDateTime)), call.KeyId, call.Provider, call.Model);

    public static TotalsRow Of(IGrouping<(string AccountId, long Day, string KeyId, string Provider, string Model), RecordedCall> calls) =>
        new()
        {
            AccountId = calls.Key.AccountId,
            Day = calls.Key.Day,
            KeyId = calls.Key.KeyId,
            Provider = calls.Key.Provider,
            Model = calls.Key.Model,
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

    public required string Provider { get; init; }

    public required long Calls { get; init; }

    public required long Failed { get; init; }

    public required long InputTokens { get; init; }

    public required long CachedTokens { get; init; }

    public required long OutputTokens { get; init; }

    public required long ThinkingTokens { get; init; }

    public UsageTotals Totals => new(Calls, Failed, InputTokens, CachedTokens, OutputTokens, ThinkingTokens);
}
