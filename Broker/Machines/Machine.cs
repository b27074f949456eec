using Polydev.Broker.Keys;
using Polydev.Broker.Presence;

namespace Polydev.Broker.Machines;

/// <summary>One machine of an account: a tunnel token with a name, and what is known of its tunnel.</summary>
public sealed record Machine
{
    /// <summary>First and last seen stand there.</summary>
    public required Credential Token { get; init; }

    public string Id => Token.Id;

    public string Name => Token.Name;

    /// <summary>Its tunnels that are connected at this moment: one, as a rule; with version, since, slots and CLIs.</summary>
    public required IReadOnlyList<OnlineTunnel> Online { get; init; }

    /// <summary>Its connections of the last 24 hours, the oldest first: those that run, and those that ended within them.</summary>
    public required IReadOnlyList<MachineConnection> LastDay { get; init; }

    /// <summary>The last one that has ended, however long ago: since when it is offline, and how it went; null: none has yet.</summary>
    public MachineConnection? LastEnded { get; init; }

    /// <summary>
    /// What is remembered of its tunnel while it is offline: by this broker alone, until that stops, and of an account's last few.
    /// </summary>
    public DepartedTunnel? LastKnown { get; init; }

    /// <summary>What callers may use there, as it was set: one for each CLI.</summary>
    public IReadOnlyList<MachineRule> Rules { get; init; } = MachineRule.Whole([]);

    public bool IsOnline => Online.Count > 0;
}
