using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Calls;
using Polydev.Broker.Pages.Charts;
using Polydev.Broker.Pages.Frame;

namespace Polydev.Broker.Pages.Overview;

/// <summary>What the first page shows of an account.</summary>
public sealed record OverviewModel
{
    public required FrameModel Frame { get; init; }

    /// <summary>Those that work, oldest first.</summary>
    public required IReadOnlyList<ApiKey> Keys { get; init; }

    /// <summary>Those that may connect: the ones online first.</summary>
    public required IReadOnlyList<Machine> Machines { get; init; }

    /// <summary>No call has ever been answered.</summary>
    public required bool IsFirstRun { get; init; }

    /// <summary>Of the last 24 hours.</summary>
    public required CallCounts Counts { get; init; }

    public required CallFigures Figures { get; init; }

    /// <summary>The last ones, those that run before the others; while no machine is online, those that were refused since.</summary>
    public required IReadOnlyList<CallView> Calls { get; init; }

    internal CallNames Names { get; init; } = new([], []);

    /// <summary>Since when no machine is online; null: one is, or none has ever been.</summary>
    public DateTimeOffset? OfflineSince { get; init; }

    /// <summary>Calls refused since then.</summary>
    public long Refused { get; init; }

    public IEnumerable<Machine> Online => Machines.Where(machine => machine.IsOnline);

    /// <summary>Calls that have not ended.</summary>
    public int Running { get; init; }
}

/// <summary>What is read anew each minute, not each second: the calls of a day as they are drawn, and the week's pace.</summary>
public sealed record DrawnDay(DateTimeOffset At, IReadOnlyList<ChartedCall> Calls, MonthPace Pace);
