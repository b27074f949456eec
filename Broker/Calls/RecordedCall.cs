namespace Polydev.Broker.Calls;

/// <summary>
/// One call as it is kept once it has ended, or as it is so far: figures and names, never content. Of what the caller wrote there is the
/// model's id alone, cut and made plain.
/// </summary>
public sealed record RecordedCall
{
    public const int LongestModel = 200;

    /// <summary>Of <see cref="Ignored"/>.</summary>
    public const int LongestIgnored = 500;

    /// <summary>Of one call; a tunnel that says more is not believed, so that no sum runs over.</summary>
    public const long MostTokens = 1_000_000_000;

    /// <summary>The request id, which the caller was told.</summary>
    public required string Id { get; init; }

    public required string AccountId { get; init; }

    public required string KeyId { get; init; }

    /// <summary>Which of the key's secrets it came with: while a key rotates, two are good.</summary>
    public int SecretNumber { get; init; }

    /// <summary>When its first byte came.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>As it was asked for; empty where the body could not be read so far.</summary>
    public required string Model { get; init; }

    public required string Dialect { get; init; }

    /// <summary>The CLI; empty where the call found no tunnel.</summary>
    public required string Provider { get; init; }

    /// <summary>The tunnel's name for itself; empty where the call found none.</summary>
    public required string Machine { get; init; }

    /// <summary>The tunnel token of that machine; empty where the call found none.</summary>
    public string MachineId { get; init; } = string.Empty;

    /// <summary>Of the CLI there; empty where the call found none.</summary>
    public string CliVersion { get; init; } = string.Empty;

    /// <summary>The answer was asked for as a stream; null where the body could not be read so far.</summary>
    public bool? IsStreamed { get; init; }

    /// <summary>Of the response: a stream that broke off has 200.</summary>
    public required int Status { get; init; }

    /// <summary>In one word of ours, as the log has it.</summary>
    public required string Outcome { get; init; }

    public required CallResult Result { get; init; }

    /// <summary>
    /// Whose limit refused it: <c>hour</c>, <c>day</c>, <c>month</c> of the key, <c>account</c> of the account's month, <c>vendor</c> of
    /// the CLI's vendor, or what the machine's owner keeps of that; empty: none of these.
    /// </summary>
    public string RefusedBy { get; init; } = string.Empty;

    /// <summary>In the words of Anthropic: <c>end_turn</c>, <c>tool_use</c>; empty where the answer has not come to its end.</summary>
    public string StopReason { get; init; } = string.Empty;

    /// <summary>Request fields that its CLI did not honour, as the dialect names them, with a comma between.</summary>
    public string Ignored { get; init; } = string.Empty;

    /// <summary>
    /// From its handing to the tunnel until that said that it has a place: what it waited for a slot, and the way there and back. Null
    /// where it never had one.
    /// </summary>
    public long? SlotWaitMilliseconds { get; init; }

    /// <summary>Null where there was no text.</summary>
    public long? FirstTokenMilliseconds { get; init; }

    public required long DurationMilliseconds { get; init; }

    public long InputTokens { get; init; }

    /// <summary>The part of the input that came from the vendor's cache.</summary>
    public long CachedTokens { get; init; }

    public long OutputTokens { get; init; }

    /// <summary>The part of the output that is thought.</summary>
    public long ThinkingTokens { get; init; }

    /// <summary>Neither answered nor cancelled.</summary>
    public bool IsFailed => Result is CallResult.Refused or CallResult.Failed;
}

/// <summary>How a call ended, in four classes. The numbers are stored.</summary>
public enum CallResult
{
    /// <summary>In full.</summary>
    Answered = 1,

    /// <summary>With a 4xx: it lies with the caller, his key or his limits.</summary>
    Refused = 2,

    /// <summary>With a 5xx, or broken off: it lies with the CLI, its tunnel or the broker.</summary>
    Failed = 3,

    /// <summary>Its caller has gone.</summary>
    Cancelled = 4,
}
