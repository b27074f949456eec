namespace Polydev.McpTunnel.Mcp;

/// <summary>In tokens, as the vendor counted them.</summary>
internal sealed record PerspectiveUsage(ulong InputTokens, ulong OutputTokens);
