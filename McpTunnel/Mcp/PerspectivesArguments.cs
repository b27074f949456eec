using System.Text.Json;

namespace Polydev.McpTunnel.Mcp;

/// <summary>The arguments of <c>get_perspectives</c>.</summary>
internal sealed record PerspectivesArguments(string Prompt, IReadOnlyList<string> Models, string System)
{
    /// <summary>Null when they are good, else what is wrong with them, for the model that called. Unknown arguments are ignored.</summary>
    public static string? Read(IDictionary<string, JsonElement>? given, int maxModels, out PerspectivesArguments arguments)
    {
        arguments = new PerspectivesArguments(string.Empty, [], string.Empty);
        if (!TryText(given, "prompt", out var prompt) || string.IsNullOrWhiteSpace(prompt))
        {
            return "'prompt' is to be a text that is not empty.";
        }

        if (!TryText(given, "system", out var system))
        {
            return "'system' is to be a text.";
        }

        if (!TryModels(given, out var models) || models.Count > maxModels)
        {
            return $"'models' is to be a list of at most {maxModels} model ids.";
        }

        arguments = new PerspectivesArguments(prompt, models, system);
        return null;
    }

    private static bool TryText(IDictionary<string, JsonElement>? given, string name, out string text)
    {
        text = string.Empty;
        if (IsMissing(given, name, out var value))
        {
            return true;
        }

        text = value.ValueKind == JsonValueKind.String ? value.GetString() ?? string.Empty : string.Empty;
        return value.ValueKind == JsonValueKind.String;
    }

    private static bool TryModels(IDictionary<string, JsonElement>? given, out IReadOnlyList<string> models)
    {
        models = [];
        if (IsMissing(given, "models", out var value))
        {
            return true;
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(model => model.ValueKind != JsonValueKind.String))
        {
            return false;
        }

        models = [.. value.EnumerateArray().Select(model => model.GetString() ?? string.Empty)];
        return true;
    }

    private static bool IsMissing(IDictionary<string, JsonElement>? given, string name, out JsonElement value)
    {
        value = default;
        return given is null || !given.TryGetValue(name, out value) || value.ValueKind == JsonValueKind.Null;
    }
}
