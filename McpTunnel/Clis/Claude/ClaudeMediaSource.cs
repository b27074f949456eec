namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>The bytes of an image or a document, as base64.</summary>
internal sealed record ClaudeMediaSource(string MediaType, string Data)
{
    public string Type { get; } = "base64";
}
