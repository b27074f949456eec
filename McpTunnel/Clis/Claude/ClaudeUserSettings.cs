using System.Text.Json;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>What the user's <c>settings.json</c> says of authentication. Its hooks, permissions and plugins are not looked at.</summary>
internal sealed record ClaudeUserSettings(IReadOnlyDictionary<string, string> Environment, string? ApiKeyHelper)
{
    public const string FileName = "settings.json";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly ClaudeUserSettings None = new(new Dictionary<string, string>(), null);

    /// <summary>The user's own config folder.</summary>
    public static string Folder(CliEnvironment environment) =>
        environment.Variable("CLAUDE_CONFIG_DIR") ?? Path.Combine(environment.Home, ".claude");

    public static ClaudeUserSettings Read(CliEnvironment environment)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(environment), FileName)), Lenient);
            var root = document.RootElement;
            return new ClaudeUserSettings(ReadEnvironment(root), root.TextOf("apiKeyHelper"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // None, or one that the CLI could not read either.
            return None;
        }
    }

    private static Dictionary<string, string> ReadEnvironment(JsonElement root)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        if (root.Member("env") is not { ValueKind: JsonValueKind.Object } env)
        {
            return read;
        }

        foreach (var variable in env.EnumerateObject())
        {
            read[variable.Name] = variable.Value.ToString();
        }

        return read;
    }
}
