namespace Polydev.McpTunnel.Mcp;

/// <summary>What <c>get_perspectives</c> gives back: one answer for each model, in the order asked.</summary>
internal sealed record PerspectivesResult(IReadOnlyList<Perspective> Answers);
