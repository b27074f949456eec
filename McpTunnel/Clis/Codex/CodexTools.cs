using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// The caller's tools as <c>dynamicTools</c> of a thread. Codex runs none of them: it asks us with <c>item/tool/call</c>, and waits. Each
/// stands behind a prefix, though Codex needs none: a name of Codex's own (<c>shell</c>, <c>apply_patch</c>, or one of a version to come)
/// is then never a caller's, and the two that it drops without a word (<c>exec_command</c>, <c>shell_command</c>) and those that it
/// refuses (<c>mcp__…</c>) are taken like all others (0.169.0).
/// </summary>
internal sealed class CodexTools
{
    private const string Prefix = "client__";

    // Codex reads 127 levels, of which its own message takes four; it gives no answer at all to one that goes deeper (0.169.0).
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 123, AllowDuplicateProperties = false };

    private readonly List<ToolSpec> _specs;
    private readonly ToolChoice _choice;

    private CodexTools(List<ToolSpec> specs, ToolChoice choice)
    {
        _specs = specs;
        _choice = choice;
        Names = specs.Count == 0 ? CallerTools.None : CallerTools.Mounted(specs.Select(spec => spec.Name), Prefix);
    }

    public static CodexTools None { get; } = new([], new ToolChoice());

    public CallerTools Names { get; }

    /// <summary>Only the first call is given out.</summary>
    public bool IsSingle => _choice.DisableParallel;

    /// <summary>An answer without a call is none.</summary>
    public bool MustCall => _specs.Count > 0 && _choice.Mode is ToolChoiceMode.Required or ToolChoiceMode.Named;

    /// <summary>
    /// With the choice "none" nothing is mounted, with a named tool that one alone: Codex has no way to give the vendor a choice.
    /// </summary>
    /// <exception cref="CliFailureException">
    /// INVALID_REQUEST: two tools of one name, or a tool is to be called that is not among them.
    /// </exception>
    public static CodexTools Of(WorkItem item)
    {
        var choice = item.ToolChoice ?? new ToolChoice();
        List<ToolSpec> specs = choice.Mode switch
        {
            ToolChoiceMode.None => [],
            ToolChoiceMode.Named => [.. item.Tools.Where(tool => tool.Name == choice.Name)],
            _ => [.. item.Tools],
        };
        if (specs.Count == 0 && item.Tools.Count > 0 && choice.Mode == ToolChoiceMode.Named)
        {
            throw new CliFailureException(FailureKind.InvalidRequest, "The tool that is to be called is not among the tools.", 400);
        }

        return specs.Count == 0 ? None : new CodexTools(specs, choice);
    }

    /// <summary>Null where there are none.</summary>
    /// <exception cref="CliFailureException">INVALID_REQUEST: a schema is no JSON object of at most 123 levels.</exception>
    public IReadOnlyList<CodexProtocol.DynamicTool>? Mounted() => _specs.Count == 0
        ? null
        : [.. _specs.Select(spec => new CodexProtocol.DynamicTool(
            "function", Names.WireNameOf(spec.Name), spec.Description, Schema(spec)))];

    /// <summary>What the model is told, behind the conversation, where it must call; null where it need not.</summary>
    public string? Demand() => !MustCall ? null
        : _choice.Mode == ToolChoiceMode.Named ? $"Answer with a call of the tool {Names.WireNameOf(_choice.Name)}, not with text."
        : "Answer with a call of one of your tools, not with text.";

    // The vendor wants the root of type "object". What else it does not take it refuses itself, as it does from any other client.
    private static JsonElement Schema(ToolSpec spec)
    {
        var schema = Read(spec);
        schema.TryAdd("type", "object");
        schema.TryAdd("properties", new JsonObject());
        return CliToolCall.OneLine(writer => schema.WriteTo(writer));
    }

    private static JsonObject Read(ToolSpec spec)
    {
        try
        {
            return spec.InputSchemaJson.Length == 0
                ? []
                : JsonNode.Parse(spec.InputSchemaJson, documentOptions: Options) as JsonObject ?? throw Unfit();
        }
        catch (JsonException)
        {
            throw Unfit();
        }
    }

    private static CliFailureException Unfit() => new(
        FailureKind.InvalidRequest, $"The schema of a tool is not a JSON object of at most {Options.MaxDepth} levels.", 400);
}
