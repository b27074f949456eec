namespace Polydev.Shared.Tunnel;

/// <summary>What both ends of the tunnel agree on before they have spoken.</summary>
public static class TunnelProtocol
{
    /// <summary>Raised only for a change that old peers cannot bear; everything else is a feature.</summary>
    public const int Version = 1;

    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(10);

    /// <summary>A peer that has sent nothing for this long is dead.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(15);

    /// <summary>gRPC's own default limit is 4 MiB a message.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <summary>A larger WorkItem travels as chunks: up to this size, cutting and joining it would cost more than it saves.</summary>
    public const int WholeItemBytes = 2 * ChunkBytes;

    public const int ChunkBytes = 1024 * 1024;

    /// <summary>
    /// The most that a WorkItem may come to; the broker refuses more. A caller's body of 32 MB can come to twice that: each part of a
    /// message costs some bytes, and a call that has no result is given one.
    /// </summary>
    public const int MaxItemBytes = 48 * 1024 * 1024;

    /// <summary>Of a caller's body, and of the arguments of a tool call, which are JSON inside JSON.</summary>
    public const int MaxJsonDepth = 128;

    /// <summary>The tunnel splits longer deltas, so that an event always fits a message.</summary>
    public const int MaxDeltaChars = 128 * 1024;

    /// <summary>Events that an item may have under way, in all: bounds the memory of both ends.</summary>
    public const int CreditWindow = 256;

    /// <summary>
    /// Borne by the calls of a CLI whose base URL is not its vendor's own: a broker that sees it would be calling itself.
    /// </summary>
    public const string HopHeader = "x-polydev-hop";

    /// <summary>A peer with it reads <c>ClientFrame.events</c>.</summary>
    public const string BatchFeature = "batch";

    /// <summary>A peer with it reads <c>Credit.through</c>.</summary>
    public const string ThroughFeature = "through";

    public static IReadOnlyList<string> Features { get; } = ["chunks", "credit", "drain", BatchFeature, ThroughFeature];
}
