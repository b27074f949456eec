using Polydev.Broker.Hosting;
using Polydev.Broker.Machines;
using Polydev.Shared.Text;

namespace Polydev.Broker.Pages.Machines;

/// <summary>A machine's state in the words of the pages.</summary>
internal static class MachineWords
{
    /// <summary>Its tunnel changes to the broker's successor, or has broken off just now: it is expected back within seconds.</summary>
    public static bool IsReturning(Machine machine) => machine.IsOnline
        ? machine.Online.All(tunnel => tunnel.IsDraining)
        : machine.LastKnown is { IsAwaited: true };

    /// <summary>Its sign.</summary>
    public static string Mark(Machine machine) => IsReturning(machine) ? "half" : machine.IsOnline ? "ok" : "off";

    /// <summary>Null where it has never been online.</summary>
    public static DateTimeOffset? OfflineSince(Machine machine) =>
        machine.LastEnded?.EndedAt ?? machine.LastKnown?.LeftAt ?? machine.Token.LastSeenAt;

    /// <summary>How it went; null where that is not known.</summary>
    public static string? Farewell(Machine machine) => machine.LastEnded?.Ending switch
    {
        ConnectionEnding.Goodbye => "said goodbye: it was stopped there",
        ConnectionEnding.Lost => "lost without a goodbye: asleep or off the network?",
        ConnectionEnding.BrokerStopped => "was online when the broker stopped",
        _ => null,
    };

    /// <summary>Of its polydev-mcp; null where that is not known.</summary>
    public static string? Version(Machine machine) =>
        (machine.Online.Count > 0 ? machine.Online[^1].Version : machine.LastKnown?.Version) is { Length: > 0 } version
            ? PlainText.Line(version)
            : null;

    /// <summary>The version that it can be updated to: this broker's own, as nothing is looked up. Null: it has that, or later.</summary>
    public static string? Update(Machine machine) =>
        System.Version.TryParse(Version(machine)?.Split('-', '+')[0], out var version)
        && version < System.Version.Parse(BrokerVersion.Text)
            ? BrokerVersion.Text
            : null;
}
