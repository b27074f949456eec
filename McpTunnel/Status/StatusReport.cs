namespace Polydev.McpTunnel.Status;

/// <summary>Everything that the status tool, the status resource, the live view and <c>polydev-mcp status</c> tell.</summary>
/// <param name="Missing">What keeps the tunnel or a CLI from working, and how to get it; empty when all is there.</param>
internal sealed record StatusReport(
    string Version, TunnelReport Tunnel, IReadOnlyList<CliReport> Clis, IReadOnlyList<CallReport> Running, IReadOnlyList<string> Missing)
{
    public required ProcessReport Process { get; init; }

    public required SlotReport Slots { get; init; }
}

/// <param name="Machine">As it is told to the broker; what its person has called it at the login is the broker's to tell.</param>
/// <param name="Since">When it was started.</param>
internal sealed record ProcessReport(int Id, string Machine, DateTimeOffset Since);

/// <summary>Over all CLIs of this process.</summary>
/// <param name="InUse">Calls that have a place, the MCP server's own included.</param>
/// <param name="Waiting">Calls that wait for one.</param>
internal sealed record SlotReport(int Places, int InUse, int Waiting);

/// <param name="State">
/// "starting", "not_configured", "standing_by", "connecting", "online", "waiting", "refused" or "stopped".
/// </param>
/// <param name="Connections">How often it has been online since this process began.</param>
/// <param name="Answered">Calls that were answered whole since this process began, the MCP server's own included.</param>
/// <param name="Failed">Calls that failed or were left.</param>
internal sealed record TunnelReport(
    string State, DateTimeOffset Since, string Broker, string? Error, int Connections, long Answered, long Failed);

/// <param name="State">"ready", "testing", "not_logged_in", "unusable" or "not_installed".</param>
/// <param name="Hint">What is missing and how to get it; null when ready.</param>
internal sealed record CliReport(string Provider, string State, string? Version, IReadOnlyList<string> Models, string? Hint)
{
    /// <summary>"subscription", "api_key" or "cloud"; null where it is not known.</summary>
    public string? Login { get; init; }

    /// <summary>The vendor's windows, as it last told them; null where there are none.</summary>
    public IReadOnlyList<WindowReport>? Windows { get; init; }

    /// <summary>Null where there can be none.</summary>
    public OverageReport? Overage { get; init; }

    /// <summary>Percent of each window that calls leave to the person.</summary>
    public int? ReservePercent { get; init; }

    /// <summary>Why calls are refused now, and until when; null: they are not.</summary>
    public string? Refusal { get; init; }

    /// <summary>Calls that it answers now; null where only the CLI was looked at.</summary>
    public int? InUse { get; init; }
}

/// <param name="Label">By its length, such as "5 h".</param>
internal sealed record WindowReport(string Label, double UsedPercent, DateTimeOffset? ResetsAt, DateTimeOffset? AsOf);

/// <param name="State">"off", "available", "in_use" or "unknown".</param>
/// <param name="Allowed">The person lets callers enter it.</param>
internal sealed record OverageReport(string State, bool Allowed, DateTimeOffset? EndsAt, DateTimeOffset? AsOf);

/// <summary>A call that runs now.</summary>
internal sealed record CallReport(string Provider, string Model, double Seconds);
