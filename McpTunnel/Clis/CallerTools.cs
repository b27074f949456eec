using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// The caller's own tools in one turn, and so the one judge of every call that a model or a CLI makes: what is not the caller's is never
/// run and ends the turn. Guard, turn and JSON-RPC replies ask it. A tool becomes the caller's only by being mounted, under a wire name of
/// ours: the names in a request are the caller's choice and prove nothing (<c>Bash</c> is the CLI's).
/// </summary>
internal sealed class CallerTools
{
    /// <summary>Of a wire name, in characters: what every vendor takes.</summary>
    private const int MaxChars = 64;

    private const int HashChars = 8;

    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _wireNames = new(StringComparer.Ordinal);
    private readonly string _prefix;
    private readonly int _mostChars;

    private CallerTools(string prefix, int mostChars = MaxChars) => (_prefix, _mostChars) = (prefix, mostChars);

    /// <summary>Of a session in which none is mounted.</summary>
    public static CallerTools None { get; } = new(string.Empty);

    public int Count => _names.Count;

    /// <summary>What the model is told of.</summary>
    public IEnumerable<string> WireNames => _names.Keys;

    /// <summary>
    /// Keeps each name behind the prefix where the vendors take it so (64 characters of <c>[A-Za-z0-9_-]</c>). Another is cut to what they
    /// take and told apart by a hash of its own, which is the same in every request, so that a conversation stays the same to the model.
    /// </summary>
    /// <param name="names">As the request spells them.</param>
    /// <param name="prefix">What the CLI puts before the names of its mount; empty: nothing.</param>
    /// <param name="mostChars">Of a wire name, where the CLI takes fewer than the vendors.</param>
    /// <exception cref="CliFailureException">INVALID_REQUEST: two tools of one name.</exception>
    public static CallerTools Mounted(IEnumerable<string> names, string prefix, int mostChars = MaxChars)
    {
        var tools = new CallerTools(prefix, mostChars);
        var room = tools.Room;

        // Those that keep their name first: none that is made for another may take it away.
        foreach (var name in names.OrderBy(name => Fitting(name, room, 0) != name))
        {
            var tries = 0;
            while (!tools._names.TryAdd(prefix + Fitting(name, room, tries), name))
            {
                tries++;
            }

            if (!tools._wireNames.TryAdd(name, prefix + Fitting(name, room, tries)))
            {
                throw new CliFailureException(FailureKind.InvalidRequest, "Two of the tools have the same name.", 400);
            }
        }

        return tools;
    }

    /// <param name="name">The name that the model used; null where the CLI tells none, which is never the caller's.</param>
    public bool Owns(string? name) => name is not null && _names.ContainsKey(name);

    /// <summary>The caller's name of a tool that is owned.</summary>
    public string NameOf(string wireName) => _names[wireName];

    /// <summary>
    /// What the model knows the caller's tool by. One that is not mounted (any more) stands in the history beside those that are: what the
    /// model remembers of it must not be a name of the CLI's own.
    /// </summary>
    public string WireNameOf(string name) => _wireNames.GetValueOrDefault(name) ?? _prefix + Fitting(name, Room, 0);

    /// <summary>The caller's name is that of a tool that is mounted.</summary>
    public bool Has(string name) => _wireNames.ContainsKey(name);

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

    /// <summary>
    /// The same of a call by the model. Behind the mount stands nothing that runs: a name of it that the model made up, or remembers, costs
    /// this call and no other.
    /// </summary>
    /// <param name="name">As of <see cref="Owns"/>.</param>
    /// <param name="what">Names the call where it has no name.</param>
    /// <exception cref="CliFailureException">LOCK_BROKEN: the call is not the caller's; UPSTREAM: it is of no tool at all.</exception>
    public void ThrowUnlessCallable(string? name, string what)
    {
        if (_prefix.Length > 0 && !Owns(name) && name?.StartsWith(_prefix, StringComparison.Ordinal) == true)
        {
            throw new CliFailureException(
                FailureKind.Upstream,
                $"The model called a tool that is not among the caller's ({CliText.Redact(name[_prefix.Length..])}). Try again.");
        }

        ThrowUnlessOwned(name, what);
    }

    /// <param name="what">What was reached for: a name of the CLI's or the model's, nothing of the content.</param>
    public static CliFailureException Broken(string what) => new(
        FailureKind.LockBroken,
        $"The model or its CLI reached for something that is not the caller's ({CliText.Redact(what)}); the turn was ended.");

    private int Room => _mostChars - _prefix.Length;

    // Another try, another hash: only a caller who means it comes to that.
    private static string Fitting(string name, int room, int tries)
    {
        if (tries == 0 && name.Length > 0 && name.Length <= room && !name.AsSpan().ContainsAnyExcept(Plain))
        {
            return name;
        }

        var plain = string.Concat(name.Select(letter => Plain.Contains(letter) ? letter : '_').Take(room - HashChars - 1));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tries == 0 ? name : $"{name} {tries}")));
        return $"{plain}_{hash[..HashChars]}";
    }
}

/// <summary>JSON of a caller's, as a CLI can be given it.</summary>
internal static class CliToolCall
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    /// <summary>The arguments of a call of the history, a JSON object.</summary>
    public static JsonElement Arguments(ToolCallPart call) => OneLine(JsonElement.Parse(call.ArgumentsJson, Options).WriteTo);

    /// <summary>JSON written anew: the caller's own line breaks would end a line of the CLI's protocol or file.</summary>
    public static JsonElement OneLine(Action<Utf8JsonWriter> write)
    {
        var written = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(written))
        {
            write(writer);
        }

        return JsonElement.Parse(written.WrittenSpan, Options);
    }
}

/// <summary>
/// A tool's schema as an MCP client takes it. One root that it does not take costs all tools of a mount, without a word: it must be of type
/// "object", each property an object, and <c>required</c> a list of names. What is below the root stays as it is.
/// </summary>
internal static class CliToolSchema
{
    private static readonly JsonDocumentOptions Options =
        new() { MaxDepth = TunnelProtocol.MaxJsonDepth, AllowDuplicateProperties = false };

    /// <exception cref="CliFailureException">INVALID_REQUEST: it is no JSON object of at most 128 levels.</exception>
    public static JsonElement Of(ToolSpec spec) => Mended(Read(spec));

    /// <summary>Of type "object".</summary>
    /// <exception cref="CliFailureException">As of <see cref="Of"/>.</exception>
    public static JsonObject Read(ToolSpec spec)
    {
        try
        {
            var schema = spec.InputSchemaJson.Length == 0
                ? []
                : JsonNode.Parse(spec.InputSchemaJson, documentOptions: Options) as JsonObject ?? throw Unfit();
            schema["type"] = "object";
            return schema;
        }
        catch (JsonException)
        {
            throw Unfit();
        }
    }

    /// <summary>Those of the root: made where there are none.</summary>
    public static JsonObject PropertiesOf(JsonObject schema)
    {
        if (schema["properties"] is not JsonObject properties)
        {
            schema["properties"] = properties = [];
        }

        return properties;
    }

    /// <param name="schema">As it was read.</param>
    public static JsonElement Mended(JsonObject schema)
    {
        // "Anything" and "nothing", in the words that an object has for them.
        var properties = PropertiesOf(schema);
        foreach (var (name, property) in properties.Where(property => property.Value is not JsonObject).ToList())
        {
            properties[name] = property?.GetValueKind() == JsonValueKind.False ? new JsonObject { ["not"] = new JsonObject() } : [];
        }

        if (schema["required"] is not JsonArray required || required.Any(name => name?.GetValueKind() != JsonValueKind.String))
        {
            schema.Remove("required");
        }

        return CliToolCall.OneLine(writer => schema.WriteTo(writer));
    }

    private static CliFailureException Unfit() =>
        new(FailureKind.InvalidRequest, "The schema of a tool is not a JSON object of at most 128 levels.", 400);
}
