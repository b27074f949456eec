using Microsoft.AspNetCore.WebUtilities;
using Polydev.Broker.Calls;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Calls;

/// <summary>
/// Which calls are shown. It stands in the address, so that it can be shared; what is no such thing there counts for nothing.
/// </summary>
public sealed record CallFilter
{
    public const string TimeField = "time";
    public const string KeyField = "key";
    public const string CliField = "cli";
    public const string ModelField = "model";
    public const string MachineField = "machine";
    public const string ResultField = "result";
    public const string AfterField = "after";

    public CallSpan Time { get; init; } = CallSpan.Default;

    public string? KeyId { get; init; }

    public string? Provider { get; init; }

    public string? Model { get; init; }

    /// <summary>By its tunnel token.</summary>
    public string? MachineId { get; init; }

    public CallResultChoice? Result { get; init; }

    /// <summary>The page behind this call; null: the first.</summary>
    public CallCursor? After { get; init; }

    /// <summary>Something else than a time is asked for.</summary>
    public bool IsSet => KeyId is not null || Provider is not null || Model is not null || MachineId is not null || Result is not null;

    internal static CallFilter Read(IQueryCollection query)
    {
        return new CallFilter
        {
            Time = CallSpan.All.FirstOrDefault(span => span.Name == Text(TimeField)) ?? CallSpan.Default,
            KeyId = Text(KeyField),
            Provider = Text(CliField),
            Model = Text(ModelField),
            MachineId = Text(MachineField),
            Result = CallResultChoice.All.FirstOrDefault(choice => choice.Name == Text(ResultField)),
            After = Text(AfterField) is { } cursor ? CallCursor.Parse(cursor) : null,
        };

        string? Text(string field) => query[field].ToString() is { Length: > 0 and <= RecordedCall.LongestModel } text ? text : null;
    }

    internal CallQuery ToQuery(string accountId, DateTimeOffset now) => new()
    {
        AccountId = accountId,
        KeyId = KeyId,
        Provider = Provider,
        Model = Model,
        MachineId = MachineId,
        Result = Result?.Result,
        IsFailed = Result?.IsFailed ?? false,
        Outcomes = Result?.Outcomes,
        From = Time.Length is { } length ? now - length : null,
    };

    /// <summary>This filter has a call that runs: where an end is asked for it has none of them.</summary>
    internal bool HasRunning(RecordedCall call) => Result is null
        && IsAny(KeyId, call.KeyId) && IsAny(Provider, call.Provider) && IsAny(Model, call.Model) && IsAny(MachineId, call.MachineId);

    /// <summary>The list's address.</summary>
    public string Path(string path = PagePaths.Calls) => QueryHelpers.AddQueryString(path, new Dictionary<string, string?>
    {
        [TimeField] = Time == CallSpan.Default ? null : Time.Name,
        [KeyField] = KeyId,
        [CliField] = Provider,
        [ModelField] = Model,
        [MachineField] = MachineId,
        [ResultField] = Result?.Name,
        [AfterField] = After?.ToString(),
    });

    /// <summary>The address at which this call is open in the list.</summary>
    public string OpenPath(string id) => Path($"{PagePaths.Calls}/{Uri.EscapeDataString(id)}");

    private static bool IsAny(string? asked, string value) => asked is null || asked == value;
}

/// <summary>How far back.</summary>
/// <param name="Name">In the address.</param>
/// <param name="Title">In the form.</param>
/// <param name="Last">Within a sentence: "in the last 24 hours".</param>
/// <param name="In">As long as it is: "in 24 hours".</param>
/// <param name="Length">Null: as long as calls are kept.</param>
public sealed record CallSpan(string Name, string Title, string Last, string In, TimeSpan? Length)
{
    public static CallSpan Default { get; } = new("day", "Last 24 hours", "in the last 24 hours", "in 24 hours", TimeSpan.FromDays(1));

    public static CallSpan Week { get; } = new("week", "Last 7 days", "in the last 7 days", "in 7 days", TimeSpan.FromDays(7));

    public static CallSpan Any { get; } = new("all", "Any time", "so far", "so far", null);

    public static IReadOnlyList<CallSpan> All { get; } =
    [
        new("hour", "Last hour", "in the last hour", "in an hour", TimeSpan.FromHours(1)),
        Default,
        Week,
        new("month", "Last 30 days", "in the last 30 days", "in 30 days", TimeSpan.FromDays(30)),
        Any,
    ];
}

/// <summary>One way in which calls end.</summary>
/// <param name="None">What is to be said where none did: "none was answered".</param>
public sealed record CallResultChoice(string Name, string Title, string None)
{
    /// <summary>That no machine was there, or no CLI on it.</summary>
    public static CallResultChoice Unanswerable { get; } =
        new("unanswerable", "503 Offline or no CLI", "none ended with 503") { Outcomes = CallWords.Unanswerable };

    public static IReadOnlyList<CallResultChoice> All { get; } =
    [
        new("answered", "Answered", "none was answered") { Result = CallResult.Answered },
        new("failed", "Failed", "none failed") { IsFailed = true },
        new("limit", "429 Limit", "none ended with 429") { Outcomes = CallWords.Limited },
        Unanswerable,
        new("timed-out", "504 Timed out", "none timed out") { Outcomes = CallWords.TimedOut },
        new("cancelled", "Cancelled", "none was cancelled") { Result = CallResult.Cancelled },
    ];

    public CallResult? Result { get; init; }

    public bool IsFailed { get; init; }

    public IReadOnlyList<string>? Outcomes { get; init; }
}
