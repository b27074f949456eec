namespace Polydev.McpTunnel.Diagnostics;

/// <param name="State">"ready", "not_logged_in", "unusable" or "not_installed".</param>
/// <param name="Hint">What is missing and how to get it; null when ready.</param>
internal sealed record CliReport(string Provider, string State, string? Version, IReadOnlyList<string> Models, string? Hint);
