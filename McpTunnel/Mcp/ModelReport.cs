namespace Polydev.McpTunnel.Mcp;

/// <param name="Ready">True when the model's CLI can answer now.</param>
internal sealed record ModelReport(string Id, string DisplayName, string Provider, bool Ready);
