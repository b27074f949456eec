namespace Polydev.McpTunnel.Mcp;

/// <param name="Provider">The CLI that was asked; null when none serves the model.</param>
/// <param name="Text">What the model said; with an error, what it had said until then.</param>
/// <param name="Error">Null when the answer is whole.</param>
internal sealed record Perspective(string Model, string? Provider, string Text, PerspectiveUsage? Usage, PerspectiveError? Error);
