namespace Polydev.McpTunnel.Tunnel;

internal enum ConnectionEndKind
{
    /// <summary>Cut, silent for too long, or closed by the broker.</summary>
    Lost,

    /// <summary>The broker is going: its work here is finished, new work comes over the next connection.</summary>
    Drained,

    /// <summary>Refused for now.</summary>
    Refused,

    /// <summary>Refused, and trying again with the same settings cannot help.</summary>
    RefusedForGood,

    /// <summary>This process ended it.</summary>
    Stopped,
}
