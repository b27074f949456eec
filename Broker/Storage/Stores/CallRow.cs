using Polydev.Broker.Calls;

namespace Polydev.Broker.Storage.Stores;

/// <summary>A row of <c>calls</c>.</summary>
internal sealed record CallRow
{
    public static readonly RowInserts<RecordedCall> Inserts = new(
        "calls",
        "ON CONFLICT (id) DO NOTHING",
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
            ("secret_number", call => call.SecretNumber),
            ("refused_by", call => call.RefusedBy),
            ("streamed", call => call.IsStreamed is { } streamed ? streamed ? 1L : 0L : default(long?)),
            ("machine_id", call => call.MachineId),
            ("cli_version", call => call.CliVersion),
            ("slot_wait_ms", call => call.SlotWaitMilliseconds),
            ("stop_reason", call => call.StopReason),
            ("ignored", call => call.Ignored),
        ])
    {
        LeavesKnown = true,
    };

    public const string Select =
        """
        SELECT id AS Id, account_id AS AccountId, key_id AS KeyId, began_at AS BeganAt, model AS Model, dialect AS Dialect,
               provider AS Provider, machine AS Machine, status AS Status, result AS Result, outcome AS Outcome,
               first_token_ms AS FirstTokenMs, duration_ms AS DurationMs, input_tokens AS InputTokens, cached_tokens AS CachedTokens,
               output_tokens AS OutputTokens, thinking_tokens AS ThinkingTokens, secret_number AS SecretNumber,
               refused_by AS RefusedBy, streamed AS Streamed, machine_id AS MachineId, cli_version AS CliVersion,
               slot_wait_ms AS SlotWaitMs, stop_reason AS StopReason, ignored AS Ignored
        FROM calls
        """;

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

    public required int SecretNumber { get; init; }

    public required string RefusedBy { get; init; }

    public int? Streamed { get; init; }

    public required string MachineId { get; init; }

    public required string CliVersion { get; init; }

    public long? SlotWaitMs { get; init; }

    public required string StopReason { get; init; }

    public required string Ignored { get; init; }

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
        SecretNumber = SecretNumber,
        RefusedBy = RefusedBy,
        IsStreamed = Streamed is { } streamed ? streamed == 1 : null,
        MachineId = MachineId,
        CliVersion = CliVersion,
        SlotWaitMilliseconds = SlotWaitMs,
        StopReason = StopReason,
        Ignored = Ignored,
    };
}

/// <summary>A row of <c>secret_uses</c>: when a key's secret was last used.</summary>
internal sealed record UseRow(string AccountId, string KeyId, int SecretNumber, long UsedAt)
{
    /// <summary>The later one stays. None holds a row twice.</summary>
    public static readonly RowInserts<UseRow> Inserts = new(
        "secret_uses",
        """
        ON CONFLICT (key_id, secret_number) DO UPDATE SET used_at = excluded.used_at WHERE secret_uses.used_at < excluded.used_at
        """,
        [
            ("key_id", row => row.KeyId),
            ("secret_number", row => row.SecretNumber),
            ("account_id", row => row.AccountId),
            ("used_at", row => row.UsedAt),
        ]);

    /// <summary>What the calls add to it, in one order everywhere: two brokers do not wait for each other in a circle.</summary>
    public static IEnumerable<UseRow> Of(IEnumerable<RecordedCall> calls) => calls
        .GroupBy(call => (call.KeyId, call.SecretNumber))
        .Select(group => new UseRow(
            group.First().AccountId, group.Key.KeyId, group.Key.SecretNumber, group.Max(call => call.BeganAt).ToUnixTimeMilliseconds()))
        .OrderBy(row => row.KeyId, StringComparer.Ordinal).ThenBy(row => row.SecretNumber);
}
