using System.Globalization;

namespace Polydev.Broker.Calls;

/// <summary>
/// Keeps calls that have ended, and their sums by day (UTC). Whoever reads names an account, and sees nothing of another.
/// </summary>
internal interface IUsageStore
{
    /// <summary>
    /// All of them, their days' totals and their keys' last use, or none. What is there already is passed over, and counted no second time.
    /// </summary>
    Task AddAsync(IReadOnlyCollection<RecordedCall> calls, CancellationToken cancellationToken);

    /// <summary>The newest first. Pages have no gaps and no doubles, whatever is added meanwhile.</summary>
    Task<CallPage> ListAsync(CallQuery query, CancellationToken cancellationToken);

    /// <summary>How the calls that are asked for ended; the page's size does not count.</summary>
    Task<CallCounts> CountAsync(CallQuery query, CancellationToken cancellationToken);

    /// <summary>What the calls that are asked for came to, and why some failed; the page's size does not count.</summary>
    Task<CallFigures> FiguresAsync(CallQuery query, CancellationToken cancellationToken);

    /// <summary>Null where the account has no such call.</summary>
    Task<RecordedCall?> FindAsync(string accountId, string id, CancellationToken cancellationToken);

    /// <summary>Each day's totals, the earliest first; a day without calls is left out.</summary>
    Task<IReadOnlyList<UsageOfDay>> DaysAsync(UsageQuery query, CancellationToken cancellationToken);

    /// <summary>The whole period's totals, those with the most calls first.</summary>
    Task<IReadOnlyList<UsageOfName>> SumsAsync(UsageQuery query, CancellationToken cancellationToken);

    /// <summary>Deletes at most so many calls that began before.</summary>
    /// <returns>How many it deleted.</returns>
    Task<int> DeleteCallsAsync(DateTimeOffset before, int most, CancellationToken cancellationToken);

    /// <summary>Deletes at most so many totals of days before.</summary>
    /// <returns>How many it deleted.</returns>
    Task<int> DeleteTotalsAsync(DateOnly before, int most, CancellationToken cancellationToken);
}

/// <summary>Which calls of an account are asked for; null: all.</summary>
public sealed record CallQuery
{
    public const int LargestPage = 200;

    public required string AccountId { get; init; }

    public string? KeyId { get; init; }

    public string? Model { get; init; }

    public string? Provider { get; init; }

    /// <summary>By the tunnel's name for itself.</summary>
    public string? Machine { get; init; }

    /// <summary>By the machine's tunnel token.</summary>
    public string? MachineId { get; init; }

    public CallResult? Result { get; init; }

    /// <summary>Neither answered nor cancelled (<see cref="RecordedCall.IsFailed"/>).</summary>
    public bool IsFailed { get; init; }

    /// <summary>Whatever else became of them than an answer.</summary>
    public bool IsNotAnswered { get; init; }

    /// <summary>The outcome's own word: <c>NoProvider</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>One of several outcomes.</summary>
    public IReadOnlyList<string>? Outcomes { get; init; }

    /// <summary>Calls that began then, or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Calls that began before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The page after this call; null: the first.</summary>
    public CallCursor? After { get; init; }

    /// <summary>Calls that stand before this one, the newest first: what has come since a page was shown.</summary>
    public CallCursor? NewerThan { get; init; }

    /// <summary>Calls of a page: 1 to <see cref="LargestPage"/>.</summary>
    public int PageSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestPage);
            field = value;
        }
    } = 50;
}

/// <param name="Next">Where the next page begins; null: this was the last.</param>
public sealed record CallPage(IReadOnlyList<RecordedCall> Calls, CallCursor? Next);

/// <summary>How calls ended.</summary>
public sealed record CallCounts(long Answered, long Refused, long Failed, long Cancelled)
{
    public long All => Answered + Refused + Failed + Cancelled;
}

/// <param name="Failures">Those neither answered nor cancelled, the most frequent first.</param>
/// <param name="MedianFirstTokenMilliseconds">Over those that had text; null where none had.</param>
/// <param name="SlowestFirstTokenMilliseconds">Null where none had text.</param>
public sealed record CallFigures(
    IReadOnlyList<CallFailures> Failures,
    long? MedianFirstTokenMilliseconds,
    long? SlowestFirstTokenMilliseconds,
    long InputTokens,
    long CachedTokens,
    long OutputTokens);

/// <param name="Outcome">As of <see cref="RecordedCall.Outcome"/>.</param>
/// <param name="RefusedBy">As of <see cref="RecordedCall.RefusedBy"/>.</param>
public sealed record CallFailures(string Outcome, string RefusedBy, long Calls);

/// <summary>A place in a list: behind this call. Written as <c>1764237600000.req_…</c>, which is fit for an address.</summary>
public sealed record CallCursor(DateTimeOffset BeganAt, string Id)
{
    public static CallCursor Behind(RecordedCall call) => new(call.BeganAt, call.Id);

    /// <summary>Null where the text is none.</summary>
    public static CallCursor? Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? new CallCursor(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), text[(dot + 1)..])
                : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{BeganAt.ToUnixTimeMilliseconds()}.{Id}");
}

/// <summary>Which days of an account are summed up.</summary>
internal sealed record UsageQuery
{
    public required string AccountId { get; init; }

    public required DateOnly From { get; init; }

    /// <summary>That day too.</summary>
    public required DateOnly To { get; init; }

    /// <summary>Of one key; null: of all.</summary>
    public string? KeyId { get; init; }

    /// <summary>Apart for each; null: all together, under an empty name.</summary>
    public UsageGrouping? By { get; init; }
}

public enum UsageGrouping
{
    /// <summary>The name is the key's id.</summary>
    Key,
    Model,
    Provider,

    /// <summary>
    /// The name is the model's, beside the CLI that served it. What found no CLI is one, without a name: anybody can ask for any.
    /// </summary>
    ModelOfProvider,
}

/// <param name="Failed">Neither answered nor cancelled.</param>
public readonly record struct UsageTotals(
    long Calls, long Failed, long InputTokens, long CachedTokens, long OutputTokens, long ThinkingTokens);

/// <param name="Provider">Of <see cref="UsageGrouping.ModelOfProvider"/> alone, else empty.</param>
public sealed record UsageOfDay(DateOnly Day, string Name, UsageTotals Totals, string Provider = "");

/// <param name="Provider">Of <see cref="UsageGrouping.ModelOfProvider"/> alone, else empty.</param>
public sealed record UsageOfName(string Name, UsageTotals Totals, string Provider = "");
