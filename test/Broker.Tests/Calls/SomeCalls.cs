using Polydev.Broker.Calls;

namespace Polydev.Broker.Tests.Calls;

/// <summary>Calls to record.</summary>
internal static class SomeCalls
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>An answered one of Ann's.</summary>
    public static RecordedCall Make(
        string id, string account = "ann", string key = "key1", DateTimeOffset? at = null, CallResult result = CallResult.Answered) => new()
        {
            Id = id,
            AccountId = account,
            KeyId = key,
            BeganAt = at ?? Noon,
            Model = "claude-opus-4-6",
            Dialect = "anthropic",
            Provider = "claude",
            Machine = "desk",
            Status = result switch { CallResult.Refused => 429, CallResult.Failed => 502, _ => 200 },
            Outcome = result == CallResult.Answered ? "finished" : "other",
            Result = result,
            FirstTokenMilliseconds = 41,
            DurationMilliseconds = 1234,
            InputTokens = 100,
            CachedTokens = 60,
            OutputTokens = 20,
            ThinkingTokens = 5,
        };

    public static List<RecordedCall> Many(int count, string prefix = "call") =>
        [.. Enumerable.Range(0, count).Select(number => Make($"{prefix}{number:0000}", at: Noon.AddMilliseconds(number)))];
}
