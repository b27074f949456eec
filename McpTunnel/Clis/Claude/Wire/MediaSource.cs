namespace Polydev.McpTunnel.Clis.Claude.Wire;

/// <summary>The bytes of an image or a document, as base64.</summary>
internal sealed record MediaSource(string MediaType, string Data)
{
    public string Type { get; } = "base64";
}
