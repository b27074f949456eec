using System.Text.Json;
using Polydev.McpTunnel.Processes;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// The models that Codex is told of: the product's, and those of Codex's bundled catalog without what brings tools
/// (<c>tool_mode</c>, <c>multi_agent_version</c>, <c>apply_patch_tool_type</c>, …) and with windows so wide that Codex never shortens a
/// history. A model that is not in it gets fallback metadata, and its long histories are silently compacted: see <see cref="With"/>.
/// </summary>
internal sealed class CodexCatalog
{
    /// <summary>Tokens. Only the catalog's own fields stop the compaction and the cutting of tool results; no setting does.</summary>
    private const int Unlimited = 100_000_000;

    private readonly Dictionary<string, CodexModel> _models;

    public CodexCatalog(IEnumerable<CodexModel> bundled)
    {
        _models = bundled.ToDictionary(model => model.Slug, StringComparer.Ordinal);
        foreach (var (id, _) in KnownModels.ProviderOf.Where(known => known.Value == Providers.Codex))
        {
            _models.TryAdd(id, new CodexModel(id, id));
        }
    }

    public IReadOnlyCollection<CodexModel> Models => _models.Values;

    /// <summary>The least effort that the model is known for: what comes nearest to no thinking at all.</summary>
    public string LeastEffort(string slug) =>
        _models.TryGetValue(slug, out var model) && model.ReasoningEfforts is [var least, ..] ? least : "low";

    public bool Knows(string slug) => _models.ContainsKey(slug);

    /// <summary>This catalog and one model more, if it is one.</summary>
    public CodexCatalog With(string? slug) =>
        string.IsNullOrEmpty(slug) || Knows(slug) ? this : new CodexCatalog(_models.Values.Append(new CodexModel(slug, slug)));

    /// <summary>Asks the CLI for its bundled catalog: offline, 12 ms on 0.169.0.</summary>
    /// <exception cref="InvalidDataException">This CLI has none, or another form of it.</exception>
    public static async Task<CodexCatalog> ReadAsync(string program, CliEnvironment environment, CancellationToken cancellationToken)
    {
        using var folder = PrivateFolder.Create(environment.RunRoot, "codex-catalog");
        await using var process = await CliProcess.StartAsync(new CliLaunch
        {
            FileName = program,
            Arguments = ["debug", "models", "--bundled"],
            Environment = CodexLock.Environment(environment, folder.Path, []),
            WorkingDirectory = folder.Path,
        });
        using var output = new MemoryStream();
        while (await process.Output.ReadAsync(cancellationToken) is { } line)
        {
            output.Write(line);
        }

        return new CodexCatalog(ReadBundled(output.GetBuffer().AsMemory(0, (int)output.Length)));
    }

    /// <exception cref="InvalidDataException">Not a catalog.</exception>
    public static IReadOnlyList<CodexModel> ReadBundled(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var catalog = JsonDocument.Parse(json);
            return [.. catalog.RootElement.GetProperty("models"u8).EnumerateArray().Select(ReadModel)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException("This Codex has another form of model catalog than expected.", e);
        }
    }

    public void Write(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteStartArray("models"u8);
        foreach (var (priority, model) in _models.Values.Index())
        {
            Write(writer, model, priority);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static CodexModel ReadModel(JsonElement model)
    {
        var slug = model.GetProperty("slug"u8).GetString() ?? throw new InvalidDataException("A model of Codex's catalog has no slug.");
        var name = model.TryGetProperty("display_name"u8, out var shown) ? shown.GetString() : null;
        return new CodexModel(slug, name ?? slug)
        {
            IsListed = model.TryGetProperty("visibility"u8, out var visibility) && visibility.ValueEquals("list"u8),
            UsesResponsesLite = model.TryGetProperty("use_responses_lite"u8, out var lite) && lite.ValueKind == JsonValueKind.True,
            ReasoningEfforts = model.TryGetProperty("supported_reasoning_levels"u8, out var levels)
                ? [.. levels.EnumerateArray().Select(level => level.GetProperty("effort"u8).GetString()!)]
                : [],
        };
    }

    private static void Write(Utf8JsonWriter writer, CodexModel model, int priority)
    {
        writer.WriteStartObject();
        writer.WriteString("slug"u8, model.Slug);
        writer.WriteString("display_name"u8, model.DisplayName);
        writer.WriteStartArray("supported_reasoning_levels"u8);
        foreach (var effort in model.ReasoningEfforts)
        {
            writer.WriteStartObject();
            writer.WriteString("effort"u8, effort);
            writer.WriteString("description"u8, string.Empty);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("default_reasoning_summary"u8, "none"u8);
        writer.WriteString("shell_type"u8, "disabled"u8);
        writer.WriteString("visibility"u8, model.IsListed ? "list"u8 : "hide"u8);
        writer.WriteBoolean("supported_in_api"u8, true);
        writer.WriteNumber("priority"u8, priority);
        writer.WriteBoolean("support_verbosity"u8, true);
        writer.WriteBoolean("use_responses_lite"u8, model.UsesResponsesLite);
        writer.WriteStartObject("truncation_policy"u8);
        writer.WriteString("mode"u8, "tokens"u8);
        writer.WriteNumber("limit"u8, Unlimited);
        writer.WriteEndObject();
        writer.WriteStartArray("experimental_supported_tools"u8);
        writer.WriteEndArray();
        writer.WriteString("base_instructions"u8, string.Empty);
        writer.WriteNumber("context_window"u8, Unlimited);
        writer.WriteNumber("max_context_window"u8, Unlimited);
        writer.WriteEndObject();
    }
}

/// <summary>One model of a <see cref="CodexCatalog"/>.</summary>
internal sealed record CodexModel(string Slug, string DisplayName)
{
    /// <summary>False: served when asked for, not shown.</summary>
    public bool IsListed { get; init; } = true;

    /// <summary>The wire shape that the model's backend expects, by Codex's own metadata.</summary>
    public bool UsesResponsesLite { get; init; }

    public IReadOnlyList<string> ReasoningEfforts { get; init; } = ["low", "medium", "high"];
}
