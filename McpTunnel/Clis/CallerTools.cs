using System.Buffers;
using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// The caller's own tools in one turn, and so the one judge of every call that a model or a CLI makes: what is not the caller's is never
/// run and ends the turn. Guard, turn and JSON-RPC replies ask it. A tool becomes the caller's only by being mounted, under a name of
/// ours: the names in a request are the caller's choice and prove nothing (<c>Bash</c> is the CLI's). No adapter mounts any yet.
/// </summary>
internal sealed class CallerTools
{
    private readonly HashSet<string> _names;

    private CallerTools(IEnumerable<string> names) => _names = names.ToHashSet(StringComparer.Ordinal);

    /// <summary>Of a session in which none is mounted.</summary>
    public static CallerTools None { get; } = new([]);

    /// <param name="wireNames">As the adapter has mounted them in the CLI, never as the request spells them.</param>
    public static CallerTools Mounted(IEnumerable<string> wireNames) => new(wireNames);

    /// <param name="name">The name that the model used; null where the CLI tells none, which is never the caller's.</param>
    public bool Owns(string? name) => name is not null && _names.Contains(name);

    /// <param name="name">As of <see cref="Owns"/>.</param>
    /// <param name="what">Names the call where it has no name.</param>
    /// <exception cref="CliFailureException">LOCK_BROKEN: the call is not the caller's.</exception>
    public void ThrowUnlessOwned(string? name, string what)
    {
        if (!Owns(name))
        {
            throw Broken(string.IsNullOrEmpty(name) ? what : name);
        }
    }

    /// <param name="what">What was reached for: a name of the CLI's or the model's, nothing of the content.</param>
    public static CliFailureException Broken(string what) => new(
        FailureKind.LockBroken,
        $"The model or its CLI reached for something that is not the caller's ({CliText.Redact(what)}); the turn was ended.");
}

/// <summary>A tool call of the history, as a CLI can be given it.</summary>
internal static class CliToolCall
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    /// <summary>
    /// The arguments, a JSON object, written anew: the caller's own line breaks would end a line of the CLI's protocol or file.
    /// </summary>
    public static JsonElement Arguments(ToolCallPart call)
    {
        var written = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(written))
        {
            JsonElement.Parse(call.ArgumentsJson, Options).WriteTo(writer);
        }

        return JsonElement.Parse(written.WrittenSpan, Options);
    }
}
