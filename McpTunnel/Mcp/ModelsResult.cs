namespace Polydev.McpTunnel.Mcp;

/// <summary>What <c>list_models</c> gives back.</summary>
internal sealed record ModelsResult(IReadOnlyList<ModelReport> Models);
