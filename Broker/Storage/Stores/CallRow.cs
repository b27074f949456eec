using Polydev.Broker.Calls;

namespace Polydev.Broker.Storage.Stores;

/// <summary>A row of <c>calls</c>.</summary>
internal sealed record CallRow
{
    /// <summary>Each tells the ids of those that were not there before.</summary>
    public static readonly RowInserts<RecordedCall> Inserts = new(
        "calls",
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        [
            ("id", call => call.Id),
            ("account_id", call => call.AccountId),
            ("key_id", call => call.KeyId),
            ("began_at", call => call.BeganAt.ToUnixTimeMilliseconds()),
            ("model", call => call.Model),
            ("dialect", call => call.Dialect),
            ("provider", call => call.Provider),
            ("machine", call => call.Machine),
            ("status", call => call.Status),
            ("result", call => (int)call.Result),
            ("outcome", call => call.Outcome),
            ("first_token_ms", call => call.FirstTokenMilliseconds),
            ("duration_ms", call => call.DurationMilliseconds),
            ("input_tokens", call => call.InputTokens),
            ("cached_tokens", call => call.CachedTokens),
            ("output_tokens", call => call.OutputTokens),
            ("thinking_tokens", call => call.ThinkingTokens),
        ]);

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
