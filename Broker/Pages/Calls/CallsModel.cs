using Polydev.Broker.Calls;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Calls;

/// <summary>What the page of calls shows.</summary>
public sealed record CallsModel
{
    public required FrameModel Frame { get; init; }

    /// <summary>Of the list that is shown: where an opened call is in no such list, one that it is in.</summary>
    public required CallFilter Filter { get; init; }

    public required CallChoices Choices { get; init; }

    /// <summary>One page of those that match.</summary>
    public required IReadOnlyList<CallView> Calls { get; init; }

    /// <summary>Of this page the call that was the last to end, by its id; null: none. Once it is another, the page is old.</summary>
    public required string? LastEnded { get; init; }

    /// <summary>How all that match have ended.</summary>
    public required CallCounts Counts { get; init; }

    /// <summary>Those that match and have not ended, the newest first.</summary>
    public required IReadOnlyList<CallView> Running { get; init; }

    /// <summary>Calls that stand before this page.</summary>
    public required long Before { get; init; }

    /// <summary>Where the next page begins; null: this is the last.</summary>
    public required CallCursor? Next { get; init; }

    /// <summary>Where nothing matches: how many calls there were in that time, whatever they are.</summary>
    public required long InThatTime { get; init; }

    /// <summary>The id of the call that is open; null: none is.</summary>
    public string? Open { get; init; }

    /// <summary>It is the first page of all calls, which is kept up to date.</summary>
    public bool IsLive => Open is null && Filter == new CallFilter();

    /// <summary>Calls that run stand above the first page alone.</summary>
    public IReadOnlyList<CallView> RunningShown => Filter.After is null ? Running : [];

    public bool HasRows => Calls.Count + RunningShown.Count > 0;

    public string Verdict => (Counts.All + Running.Count) switch
    {
        0 when !Filter.IsSet => $"No calls {Filter.Time.Last}.",
        var all when !Filter.IsSet => $"{Wording.Plural(all, "request")} {Filter.Time.In}; {Ends}.",
        0 when Filter.Result == CallResultChoice.Unanswerable =>
            $"No call failed for want of a CLI {(Filter.Time == CallSpan.Week ? "this week" : Filter.Time.Last)}.",
        0 => "No call matches.",
        1 => "1 call matches.",
        var many => $"{Wording.Number(many)} calls match.",
    };

    /// <summary>In the place of the list, where nothing matches: what there is instead, and what to do.</summary>
    public string Instead => InThatTime == 0
        ? $"There were no calls {Filter.Time.Last}. Try a longer time."
        : $"Of {Wording.Plural(InThatTime, "call")} {Filter.Time.Last}, {None}. Try another choice or a longer time.";

    // Those that were cancelled have no place of their own in the sentence until there are any: its figures add up.
    private string Ends => string.Join(", ", new[]
    {
        $"{Wording.Number(Counts.Answered)} answered",
        $"{Wording.Number(Counts.Refused + Counts.Failed)} failed",
        Counts.Cancelled > 0 ? $"{Wording.Number(Counts.Cancelled)} cancelled" : null,
        $"{Wording.Number(Running.Count)} running",
    }.OfType<string>());

    private string None => Filter.Result is { } result && Filter == new CallFilter { Time = Filter.Time, Result = result }
        ? result.None
        : "none matches";
}

/// <summary>What can be chosen in the form.</summary>
public sealed record CallChoices(
    IReadOnlyList<CallChoice> Keys, IReadOnlyList<CallChoice> Clis, IReadOnlyList<CallChoice> Models, IReadOnlyList<CallChoice> Machines);

/// <param name="Value">In the address.</param>
public sealed record CallChoice(string Value, string Text);
