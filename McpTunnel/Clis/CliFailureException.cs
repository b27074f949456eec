using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>A CLI's turn that failed. The message reaches the caller of the API: no path, no secret, no prompt in it.</summary>
internal sealed class CliFailureException(FailureKind kind, string message, int vendorStatus = 0, Exception? inner = null)
    : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>The vendor's HTTP status where the CLI tells it, else 0.</summary>
    public int VendorStatus { get; } = vendorStatus;

    /// <summary>In whole seconds, where the vendor says it; else 0.</summary>
    public int RetryAfterSeconds { get; init; }
}
