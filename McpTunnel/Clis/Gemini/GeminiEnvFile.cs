namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>The user's <c>.env</c> file, as far as API keys need it: <c>NAME=value</c> lines, optionally quoted or with <c>export</c>.</summary>
internal static class GeminiEnvFile
{
    /// <summary>Empty when there is no such file, or it cannot be read.</summary>
    public static Dictionary<string, string> Read(string path)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Lines(path))
        {
            var text = line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..] : line;
            var equals = text.IndexOf('=');
            if (equals > 0 && text[0] != '#')
            {
                variables[text[..equals].Trim()] = Unquote(text[(equals + 1)..].Trim());
            }
        }

        return variables;
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path).Select(line => line.Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Most users have none.
            return [];
        }
    }

    private static string Unquote(string value) =>
        value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value.Split(" #")[0].TrimEnd();
}
