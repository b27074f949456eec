using System.Text.Json;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.McpTunnel.Diagnostics;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// The caller's tools as an MCP server of the CLI's. It tells what there is and runs nothing: a call is answered with nothing at all, which
/// no model reads, because the turn ends behind the last call of the model's answer. So all of them are learnt (0.61.0).
/// </summary>
internal sealed class GeminiTools
{
    /// <summary>The server's name, and so a part of each tool's.</summary>
    public const string Server = "client";

    private const string Mount = $"mcp_{Server}_";

    // The CLI drops a tool whose bare name is that of one it has shut off, such as its own ask_user: none of its own begins with a line.
    private const string Prefix = $"{Mount}_";

    // What is longer the CLI cuts in its middle.
    private const int LongestName = 63;

    // The CLI puts this parameter into every schema, for itself.
    private const string CliParameter = "wait_for_previous";

    private readonly CliToolChoice _choice;
    private readonly List<GeminiProtocol.McpTool> _listed;

    private GeminiTools(CliToolChoice choice)
    {
        _choice = choice;
        Names = choice.Specs.Count == 0
            ? CallerTools.None
            : CallerTools.Mounted(choice.Specs.Select(spec => spec.Name), Prefix, LongestName);
        _listed = [.. choice.Specs.Select(spec => new GeminiProtocol.McpTool(
            Names.WireNameOf(spec.Name)[Mount.Length..], spec.Description, CliToolSchema.Of(spec)))];
    }

    public static GeminiTools None { get; } = new(CliToolChoice.Nothing);

    public CallerTools Names { get; }

    public bool IsMounted => _listed.Count > 0;

    public bool IsSingle => _choice.IsSingle;

    public bool MustCall => _choice.MustCall;

    /// <exception cref="CliFailureException">
    /// INVALID_REQUEST: two tools of one name, a schema that is none, or a tool is to be called that is not among them.
    /// </exception>
    public static GeminiTools Of(WorkItem item) => CliToolChoice.Of(item) is { Specs.Count: > 0 } choice ? new GeminiTools(choice) : None;

    /// <summary>What the server says; every other method is refused.</summary>
    public JsonRpcReply Answer(string method, JsonElement parameters) => method switch
    {
        "initialize" => Of(new GeminiProtocol.McpResult
        {
            ProtocolVersion = VersionIn(parameters),
            Capabilities = new GeminiProtocol.McpCapabilities(new GeminiProtocol.Nothing()),
            ServerInfo = new GeminiProtocol.McpServerInfo(Server, ToolVersion.Text),
        }),
        "tools/list" => Of(new GeminiProtocol.McpResult { Tools = _listed }),
        "tools/call" => Of(new GeminiProtocol.McpResult { Content = [] }),
        _ => JsonRpcReply.Refuse($"{method} is not offered."),
    };

    /// <param name="id">The CLI's: the wire name, "__", and the vendor's own.</param>
    public bool OwnsCall(string? id) => id is not null && Names.WireNames.Any(name => id.StartsWith($"{name}__", StringComparison.Ordinal));

    /// <summary>A call as it is given out: under the caller's name, with the vendor's id, without what the CLI has put in.</summary>
    /// <exception cref="CliFailureException">LOCK_BROKEN: it is not the caller's; UPSTREAM: its arguments are no JSON object.</exception>
    public IEnumerable<WorkEvent> Events(GeminiProtocol.RecordedCall call)
    {
        Names.ThrowUnlessOwned(call.Name, "a tool");
        var (id, name) = (IdOf(call), Names.NameOf(call.Name));
        if (call.Args.ValueKind != JsonValueKind.Object)
        {
            throw CliFailureException.BadArguments(new SlippedCall(id, name, call.Args.ToString()));
        }

        return
        [
            WorkEvents.ToolCallStarted(id, name),
            WorkEvents.ToolCallArguments(id, Arguments(call)),
            WorkEvents.ToolCallFinished(id),
        ];
    }

    private static JsonRpcReply Of(GeminiProtocol.McpResult result) =>
        JsonRpcReply.Of(JsonSerializer.SerializeToElement(result, GeminiJson.Default.McpResult));

    // Ours is what the CLI speaks.
    private static string? VersionIn(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("protocolVersion", out var version)
            ? version.ToString()
            : null;

    // A vendor that gives no id gets one of the CLI's, which holds the wire name once more.
    private static string IdOf(GeminiProtocol.RecordedCall call)
    {
        var told = call.Id ?? string.Empty;
        var id = told.StartsWith($"{call.Name}__", StringComparison.Ordinal) ? told[(call.Name.Length + 2)..] : told;
        return id.StartsWith($"{call.Name}_", StringComparison.Ordinal) ? $"call_{id[(call.Name.Length + 1)..]}" : id;
    }

    private string Arguments(GeminiProtocol.RecordedCall call)
    {
        var schema = _listed.First(tool => call.Name == Mount + tool.Name).InputSchema;
        if (!call.Args.TryGetProperty(CliParameter, out _) || schema.GetProperty("properties").TryGetProperty(CliParameter, out _))
        {
            return call.Args.GetRawText();
        }

        return CliToolCall.OneLine(writer =>
        {
            writer.WriteStartObject();
            foreach (var argument in call.Args.EnumerateObject().Where(argument => !argument.NameEquals(CliParameter)))
            {
                argument.WriteTo(writer);
            }

            writer.WriteEndObject();
        }).GetRawText();
    }
}
