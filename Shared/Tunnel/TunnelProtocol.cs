namespace Polydev.Shared.Tunnel;

/// <summary>What both ends of the tunnel agree on before they have spoken.</summary>
public static class TunnelProtocol
{
    /// <summary>Raised only for a change that old peers cannot bear; everything else is a feature.</summary>
    public const int Version = 1;

    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(10);

    /// <summary>A peer that has sent nothing for this long is dead.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(15);

    /// <summary>gRPC's own default limit is 4 MiB a message. Who sends keeps to it.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <summary>What the broker reads: a frame of a foreign tunnel that is somewhat too large costs its item, and not the stream.</summary>
    public const int MaxReceivedBytes = 2 * MaxMessageBytes;

    /// <summary>Of one event: it fits a message with all that is around it.</summary>
    public const int MaxEventBytes = MaxMessageBytes - 1024;

    /// <summary>A larger WorkItem travels as chunks.</summary>
    public const int WholeItemBytes = 2 * ChunkBytes;

    /// <summary>
    /// A line of 20 kB a second brings one within 4 s, far from what a silence may last. Arrays of this size are not yet "large" to the
    /// garbage collector (85,000 bytes).
    /// </summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>
    /// The most that a WorkItem may come to; the broker refuses more. A caller's body of 32 MB can come to twice that: each part of a
    /// message costs some bytes, and a call that has no result is given one.
    /// </summary>
    public const int MaxItemBytes = 48 * 1024 * 1024;

    /// <summary>Of a caller's body, and of the arguments of a tool call, which are JSON inside JSON.</summary>
    public const int MaxJsonDepth = 128;

    /// <summary>
    /// The tunnel splits longer deltas, so that an event always fits a message. In any script at most 192 KiB: within 10 s at 20 kB a
    /// second.
    /// </summary>
    public const int MaxDeltaChars = 64 * 1024;

    /// <summary>Events that an item may have under way, in all: bounds the memory of both ends.</summary>
    public const int CreditWindow = 256;

    /// <summary>
    /// Bytes of events that an item may have under way: with as many or more beyond what the caller has taken, no further event is sent
    /// but the final one. So a single event may always go, of whatever size.
    /// </summary>
    public const int ByteWindow = 1024 * 1024;

    /// <summary>Characters of a <c>Failed.message</c>; both ends cut it.</summary>
    public const int MaxFailureChars = 2000;

    /// <summary>Characters of a tool call's id, and of the name of a tool.</summary>
    public const int MaxToolIdChars = 512;

    public const int MaxToolNameChars = 256;

    /// <summary>Characters of a stop sequence.</summary>
    public const int MaxStopChars = 1000;

    /// <summary>
    /// Borne by the calls of a CLI whose base URL is not its vendor's own: a broker that sees it would be calling itself.
    /// </summary>
    public const string HopHeader = "x-polydev-hop";

    /// <summary>A peer with it reads <c>ClientFrame.events</c>.</summary>
    public const string BatchFeature = "batch";

    /// <summary>A peer with it reads <c>Credit.through</c>.</summary>
    public const string ThroughFeature = "through";

    /// <summary>
    /// A broker with it says in <c>Credit.bytes</c> what its caller has taken, and at least at each half of <see cref="ByteWindow"/>; a
    /// tunnel with it keeps to that window where the broker has it too.
    /// </summary>
    public const string BytesFeature = "bytes";

    /// <summary>A tunnel with it goes by <c>Welcome.rules</c> and <c>BrokerFrame.rules</c>; another is not sent them.</summary>
    public const string RulesFeature = "rules";

    /// <summary>A tunnel with it holds responses in its memory (<c>WorkItem.store</c>).</summary>
    public const string StoreFeature = "store";

    /// <summary>The provider of a <c>WorkItem.store</c>, which no CLI answers.</summary>
    public const string StoreProvider = "store";

    /// <summary>Of one response in a tunnel's memory: what was asked, and what was answered.</summary>
    public const int MaxStoredBytes = 16 * 1024 * 1024;

    public static IReadOnlyList<string> Features { get; } =
        ["chunks", "credit", "drain", BatchFeature, ThroughFeature, BytesFeature, RulesFeature, StoreFeature];
}
