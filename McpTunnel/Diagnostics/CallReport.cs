namespace Polydev.McpTunnel.Diagnostics;

/// <summary>A call that runs now.</summary>
internal sealed record CallReport(string Provider, string Model, double Seconds);
