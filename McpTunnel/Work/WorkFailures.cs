using Polydev.McpTunnel.Clis.Quotas;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work;

/// <summary>The failures that are the tunnel's own, as the caller of the API reads them.</summary>
internal static class WorkFailures
{
    public static WorkEvent NoCli(string provider) =>
        WorkEvents.Failed(FailureKind.NoCli, $"This tunnel has no CLI for '{provider}'.");

    public static WorkEvent Busy(WorkOptions options) => WorkEvents.Failed(
        FailureKind.Busy,
        $"All {options.MaxConcurrent} places of this tunnel stayed taken for {options.SlotWait.TotalSeconds:0} s. "
            + "Try again, or raise POLYDEV_MAX_CONCURRENT on its machine.");

    public static WorkEvent Crowded(WorkOptions options) => WorkEvents.Failed(
        FailureKind.Busy,
        $"All {options.MaxConcurrent} places of this tunnel are taken, and {options.MaxWaiting} calls wait for one already. "
            + "Try again later, or raise POLYDEV_MAX_CONCURRENT on its machine.");

    public static WorkEvent OverQuota(QuotaRefusal refusal, DateTimeOffset now)
    {
        var failed = WorkEvents.Failed(FailureKind.RateLimited, refusal.Message);
        failed.Failed.RetryAfterSeconds = (uint)Math.Clamp(Math.Ceiling((refusal.Until - now).TotalSeconds), 1, int.MaxValue);
        return failed;
    }

    public static WorkEvent TimedOut(string why) => WorkEvents.Failed(FailureKind.TimedOut, why);

    public static WorkEvent Cancelled(bool isShutdown) => isShutdown
        ? WorkEvents.Failed(FailureKind.TunnelLost, "The tunnel is shutting down; the answer was not finished.")
        : WorkEvents.Failed(FailureKind.Cancelled, "The call was cancelled.");

    public static WorkEvent Internal() =>
        WorkEvents.Failed(FailureKind.TunnelFailed, "The tunnel failed inside. Its own log on its machine says why.");

    /// <summary>The arguments themselves are the caller's content: they stay unsaid.</summary>
    public static WorkEvent BadArguments(string tool) =>
        WorkEvents.Failed(FailureKind.Upstream, $"The model called '{tool}' with arguments that are not a JSON object. Try again.");

    /// <summary>The id and the name themselves are too long to be said.</summary>
    public static WorkEvent LongName() => WorkEvents.Failed(
        FailureKind.Upstream,
        $"The model called a tool with an id over {TunnelProtocol.MaxToolIdChars} characters or a name over "
            + $"{TunnelProtocol.MaxToolNameChars}.");

    public static WorkEvent TooLarge() => WorkEvents.Failed(
        FailureKind.Upstream,
        $"The CLI's answer has a part of more than {TunnelProtocol.MaxEventBytes / 1_000_000} MB, which no tunnel carries.");

    public static WorkEvent Unreadable() =>
        WorkEvents.Failed(FailureKind.TunnelFailed, "The tunnel could not put the request together again from its parts. Try again.");

    public static WorkEvent NoRoomForParts() =>
        WorkEvents.Failed(FailureKind.Busy, "This tunnel is being sent more large requests than it has room for. Try again in a while.");
}
