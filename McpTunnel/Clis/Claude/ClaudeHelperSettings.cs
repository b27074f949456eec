using System.Text.Json.Serialization;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>A settings file that holds the user's own way to get a key, and nothing else.</summary>
internal sealed record ClaudeHelperSettings([property: JsonPropertyName("apiKeyHelper")] string ApiKeyHelper);
