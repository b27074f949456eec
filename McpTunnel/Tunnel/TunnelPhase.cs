namespace Polydev.McpTunnel.Tunnel;

internal enum TunnelPhase
{
    /// <summary>Not begun yet.</summary>
    Starting,

    /// <summary>There can be none with these settings.</summary>
    NotConfigured,

    /// <summary>Another process of this user is the tunnel for this account; this one takes over when it ends.</summary>
    StandingBy,

    Connecting,

    Online,

    /// <summary>Cut off or not reached; waiting to try again.</summary>
    Waiting,

    /// <summary>The broker will not have it, and trying again cannot help.</summary>
    Refused,

    Stopped,
}
