using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.McpTunnel.Clis.Tools;
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
    private const int MostLevels = 123;

    private readonly CliToolChoice _choice;

    private CodexTools(CliToolChoice choice)
    {
        _choice = choice;
        Names = choice.Specs.Count == 0 ? CallerTools.None : CallerTools.Mounted(choice.Specs.Select(spec => spec.Name), Prefix);
    }

    public static CodexTools None { get; } = new(CliToolChoice.Nothing);

    public CallerTools Names { get; }

    public bool IsSingle => _choice.IsSingle;

    public bool MustCall => _choice.MustCall;

    /// <exception cref="CliFailureException">
    /// INVALID_REQUEST: two tools of one name, or a tool is to be called that is not among them.
    /// </exception>
    public static CodexTools Of(WorkItem item) => CliToolChoice.Of(item) is { Specs.Count: > 0 } choice ? new CodexTools(choice) : None;

    /// <summary>Null where there are none.</summary>
    /// <exception cref="CliFailureException">INVALID_REQUEST: a schema is no JSON object of at most 123 levels.</exception>
    public IReadOnlyList<CodexProtocol.DynamicTool>? Mounted() => _choice.Specs.Count == 0
        ? null
        : [.. _choice.Specs.Select(spec => new CodexProtocol.DynamicTool(
            "function", Names.WireNameOf(spec.Name), spec.Description, Schema(spec)))];

    /// <summary>What the model is told, behind the conversation, where it must call; null where it need not.</summary>
    public string? Demand() => !MustCall ? null
        : _choice.Name is { } name ? $"Answer with a call of the tool {Names.WireNameOf(name)}, not with text."
        : "Answer with a call of one of your tools, not with text.";

    // The vendor wants the root of type "object". What else it does not take it refuses itself, as it does from any other client.
    private static JsonElement Schema(ToolSpec spec)
    {
        var schema = CliToolSchema.Parse(spec, MostLevels);
        schema.TryAdd("type", "object");
        schema.TryAdd("properties", new JsonObject());
        return CliToolCall.OneLine(writer => schema.WriteTo(writer));
    }
}
