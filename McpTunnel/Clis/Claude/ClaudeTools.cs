using System.Text.Json;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.McpTunnel.Diagnostics;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// The caller's tools as an MCP server that the CLI reaches over its own stdin and stdout. It tells what there is and runs nothing: a call
/// is never answered, because the turn ends with it. 2.1.330 asks for the tools at its initialization, 2.1.197 at its first message; both
/// wait for the answer before they ask the model.
/// </summary>
internal sealed class ClaudeTools
{
    /// <summary>The server's name, and so a part of each tool's.</summary>
    public const string Server = "client";

    private const string Prefix = $"mcp__{Server}__";

    private readonly IReadOnlyList<ToolSpec> _specs;

    private ClaudeTools(IReadOnlyList<ToolSpec> specs)
    {
        _specs = specs;
        Names = specs.Count == 0 ? CallerTools.None : CallerTools.Mounted(specs.Select(spec => spec.Name), Prefix);
    }

    public static ClaudeTools None { get; } = new([]);

    public CallerTools Names { get; }

    public bool IsMounted => _specs.Count > 0;

    /// <summary>With the choice "none" nothing is mounted.</summary>
    /// <exception cref="CliFailureException">INVALID_REQUEST: two tools of one name.</exception>
    public static ClaudeTools Of(WorkItem item) =>
        item.Tools.Count == 0 || item.ToolChoice is { Mode: ToolChoiceMode.None } ? None : new ClaudeTools(item.Tools);

    /// <summary>
    /// The vendor's <c>tool_choice</c>; null where it is the vendor's own default, auto with as many calls as the model likes.
    /// </summary>
    /// <exception cref="CliFailureException">INVALID_REQUEST: a tool is to be called that is not among them.</exception>
    public ClaudeProtocol.ToolChoiceBody? Choice(ToolChoice? choice) => choice switch
    {
        null => null,
        _ when !IsMounted => null,
        { Mode: ToolChoiceMode.Required } => Choice("any", choice),
        { Mode: ToolChoiceMode.Named } when !Names.Has(choice.Name) =>
            throw CliToolChoice.NotAmongThem(),
        { Mode: ToolChoiceMode.Named } => Choice("tool", choice) with { Name = Names.WireNameOf(choice.Name) },
        { DisableParallel: true } => Choice("auto", choice),
        _ => null,
    };

    /// <summary>False: the line is nothing that was agreed on with the CLI, and the guard's to judge.</summary>
    /// <param name="answer">Null where none is to be given.</param>
    public bool Takes(JsonElement line, out ClaudeProtocol.ControlResponse? answer)
    {
        answer = null;
        if (!IsMounted || line.TextOf("type") != "control_request" || line.Member("request") is not { } request
            || request.TextOf("subtype") != "mcp_message" || request.TextOf("server_name") != Server
            || request.Member("message") is not { } message)
        {
            return false;
        }

        switch (message.TextOf("method"))
        {
            case "initialize":
                answer = Answer(line, message, new ClaudeProtocol.McpResult
                {
                    ProtocolVersion = message.Member("params")?.TextOf("protocolVersion"),
                    Capabilities = new ClaudeProtocol.McpCapabilities(new ClaudeProtocol.Nothing()),
                    ServerInfo = new ClaudeProtocol.McpServerInfo(Server, ToolVersion.Text),
                });
                return true;
            case "ping":
            case { } told when told.StartsWith("notifications/", StringComparison.Ordinal):
                answer = Answer(line, message, new ClaudeProtocol.McpResult());
                return true;
            case "tools/list":
                answer = Answer(line, message, new ClaudeProtocol.McpResult { Tools = [.. _specs.Select(Listed)] });
                return true;
            case "tools/call":
                return Names.Owns(Prefix + message.Member("params")?.TextOf("name"));
            default:
                return false;
        }
    }

    private static ClaudeProtocol.ToolChoiceBody Choice(string type, ToolChoice choice) =>
        new(type) { DisableParallelToolUse = choice.DisableParallel ? true : null };

    // A notification of the CLI's is a request of its control channel too, and has no id of its own.
    private static ClaudeProtocol.ControlResponse Answer(JsonElement line, JsonElement message, ClaudeProtocol.McpResult result) =>
        new(new ClaudeProtocol.ControlAnswer(
            line.TextOf("request_id") ?? string.Empty,
            new ClaudeProtocol.McpAnswer(new ClaudeProtocol.McpResponse(message.Member("id")?.Clone(), result))));

    private ClaudeProtocol.McpTool Listed(ToolSpec spec) =>
        new(Names.WireNameOf(spec.Name)[Prefix.Length..], spec.Description, ClaudeToolSchema.Of(spec));
}
