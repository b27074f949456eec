using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// The model's calls in one turn, each whole: Codex tells no deltas of arguments. A call that it routes to us keeps it from asking the
/// model again for as long as we do not answer; one that it cannot route (a name that is not mounted, arguments that are no JSON) it
/// answers itself, and asks again (0.169.0). So each is judged by its raw item, which comes first.
/// </summary>
internal sealed class CodexCalls(CodexTools tools)
{
    // Those of metadata that ask for the lite form stand in this namespace, and the model may name it (0.169.0).
    private const string Namespace = "functions";

    // Codex takes one level less.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth - 1 };

    // Made with the first call: most turns have none.
    private HashSet<string>? _ids;

    public bool Any => _ids is not null;

    /// <param name="item">A raw item of the type "function_call".</param>
    /// <exception cref="CliFailureException">LOCK_BROKEN: it is not the caller's; UPSTREAM: it cannot be given out.</exception>
    public WorkEvent[] Read(JsonElement item)
    {
        var name = CodexTurn.Text(item, "name"u8);
        if (CodexTurn.Text(item, "namespace"u8) is { Length: > 0 } space && space != Namespace)
        {
            throw CallerTools.Broken($"{space}.{name}");
        }

        tools.Names.ThrowUnlessCallable(name, "function_call");
        var arguments = CodexTurn.Text(item, "arguments"u8);
        var caller = tools.Names.NameOf(name);
        if (CodexTurn.Text(item, "call_id"u8) is not { Length: > 0 } id || !(_ids ??= new HashSet<string>(StringComparer.Ordinal)).Add(id))
        {
            throw CodexErrors.BadCall();
        }

        if (!IsObject(arguments))
        {
            throw CliFailureException.BadArguments(new SlippedCall(id, caller, arguments));
        }

        return tools.IsSingle && _ids.Count > 1
            ? []
            : [WorkEvents.ToolCallStarted(id, caller), WorkEvents.ToolCallArguments(id, arguments), WorkEvents.ToolCallFinished(id)];
    }

    /// <summary>The item is Codex's own answer to a call that was told: we refused it.</summary>
    public bool Refused(JsonElement item) => _ids?.Contains(CodexTurn.Text(item, "call_id"u8)) == true;

    private static bool IsObject(string json)
    {
        try
        {
            using var parsed = JsonDocument.Parse(json, Options);
            return parsed.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
