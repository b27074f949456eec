using Polydev.McpTunnel.Diagnostics;

namespace Polydev.McpTunnel.Mcp;

/// <summary>What <c>get_cli_status</c> gives back.</summary>
internal sealed record CliStatusResult(IReadOnlyList<CliReport> Clis);
