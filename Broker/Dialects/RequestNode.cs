using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Dialects;

/// <summary>
/// A place in a caller's JSON that knows its own path, so that every complaint names the field. JSON null counts as absent, as it does at
/// the vendors. The path is kept as links, and becomes text only where it is asked for: most requests are good.
/// </summary>
internal readonly struct RequestNode
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    private readonly FieldPath? _parent;
    private readonly string? _name;
    private readonly int _index;

    private RequestNode(JsonElement value, FieldPath? parent, string? name, int index = 0)
    {
        (Value, _parent, _name, _index) = (value, parent, name, index);
    }

    public JsonElement Value { get; }

    public JsonValueKind Kind => Value.ValueKind;

    /// <summary>The field's own name; null for an element of an array and for the body.</summary>
    public string? Name => _name;

    /// <summary>As text: <c>messages[0].content</c>; empty for the body.</summary>
    public string Path => Place?.ToString() ?? string.Empty;

    /// <summary>Null for the body.</summary>
    public FieldPath? Place => _parent is null && _name is null ? null : new FieldPath(_parent, _name, _index);

    /// <summary>The body itself.</summary>
    public static RequestNode Body(JsonElement body) => body.ValueKind == JsonValueKind.Object
        ? new RequestNode(body, null, null)
        : throw Fail("body", "The request body must be a JSON object.");

    /// <summary>The first of the names that is present.</summary>
    public RequestNode? Optional(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (TryGet(name, out var found) && found.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                return new RequestNode(found, Place, name);
            }
        }

        return null;
    }

    public RequestNode Required(string name)
    {
        if (Optional(name) is { } found)
        {
            return found;
        }

        var path = new FieldPath(Place, name).ToString();
        throw Fail(path, $"Missing required parameter: '{path}'.");
    }

    /// <summary>The text of the field, or null where it is absent.</summary>
    public string? String(string name) => Optional(name)?.AsString();

    /// <summary>The elements of the first of the names that is present; none where all are absent.</summary>
    public RequestList List(params ReadOnlySpan<string> names) => Optional(names)?.AsArray() ?? default;

    public string AsString()
    {
        if (Kind != JsonValueKind.String)
        {
            throw WrongType("a string");
        }

        try
        {
            return Value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // JSON allows half a surrogate pair (an emoji cut in two); UTF-8 and protobuf do not.
            throw Fail(Path, $"Invalid '{Path}': the string is not valid Unicode.");
        }
    }

    /// <summary>A text of at most so many characters.</summary>
    public string AsString(int most)
    {
        // An escaped character is six bytes at most: what is far too long is not built.
        var isFarTooLong = Kind == JsonValueKind.String && JsonMarshal.GetRawUtf8Value(Value).Length - 2 > 6L * most;
        return !isFarTooLong && AsString() is var text && text.Length <= most
            ? text
            : throw Fail(Path, $"Invalid '{Path}': string too long. Expected a string with maximum length {most}.");
    }

    public bool AsBoolean() => Kind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw WrongType("a boolean");

    /// <summary>A finite number: 1e999 is JSON, but no sampler's, and cannot be written back.</summary>
    public double AsNumber() =>
        Kind == JsonValueKind.Number && Value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw WrongType("a finite number");

    /// <summary>A whole number of 0 to 2^31-1.</summary>
    public uint AsCount() =>
        Kind == JsonValueKind.Number && Value.TryGetDouble(out var number)
        && number is >= 0 and <= int.MaxValue && Math.Floor(number) == number
            ? (uint)number
            : throw WrongType("a non-negative integer");

    public long AsInteger() => Kind == JsonValueKind.Number && Value.TryGetInt64(out var number) ? number : throw WrongType("an integer");

    /// <summary>The object as JSON text, written anew: what a tunnel gets is valid Unicode, and within the depth that it reads.</summary>
    public string AsObjectText() => Rewrite(AsObject().Value);

    /// <summary>The same of a string that holds a JSON object; "{}" where it is blank, which some clients write for none.</summary>
    public string AsTextOfObject()
    {
        var text = AsString();
        if (string.IsNullOrWhiteSpace(text))
        {
            return "{}";
        }

        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Rewrite(document.RootElement) : throw NoObject();
        }
        catch (JsonException)
        {
            throw NoObject();
        }
    }

    /// <summary>A number that stands in a string, as Google's JSON mapping allows it; anything else as it is.</summary>
    public RequestNode Unquoted()
    {
        const NumberStyles json = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return Kind == JsonValueKind.String && double.TryParse(AsString(), json, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            ? Instead(JsonElement.Parse(number.ToString(CultureInfo.InvariantCulture)))
            : this;
    }

    /// <summary>Another value in this very place.</summary>
    public RequestNode Instead(JsonElement value) => new(value, _parent, _name, _index);

    public RequestNode AsObject() => Kind == JsonValueKind.Object ? this : throw WrongType("an object");

    public RequestList AsArray() => Kind == JsonValueKind.Array ? new RequestList(Value, Place) : throw WrongType("an array");

    /// <summary>An array of at most so many elements.</summary>
    public RequestList AsArray(int most) => AsArray() is var list && list.Length <= most ? list : throw TooManyElements(most);

    public ApiException TooManyElements(int most) =>
        Fail(Path, $"Invalid '{Path}': array too long. Expected an array with maximum length {most}.");

    /// <summary>What the object holds, in its order.</summary>
    public IEnumerable<RequestNode> Fields()
    {
        foreach (var field in AsObject().Value.EnumerateObject())
        {
            yield return new RequestNode(field.Value, Place, NameOf(field));
        }
    }

    /// <summary>The field as one that asks for a feature; empty where no CLI has it.</summary>
    public RequestedFeature Asking(string feature) => new(Path, feature);

    public ApiException WrongType(string wanted) =>
        Fail(Path, $"Invalid type for '{Path}': expected {wanted}, but got {NameOf(Kind)} instead.");

    public ApiException Unsupported(string message) => Fail(Path, message);

    internal static RequestNode Element(JsonElement value, FieldPath? list, int index) => new(value, list, null, index);

    private bool TryGet(string name, out JsonElement found)
    {
        try
        {
            return Value.TryGetProperty(name, out found);
        }
        catch (InvalidOperationException) when (Kind == JsonValueKind.Object)
        {
            throw BadName();
        }
    }

    private string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            throw BadName();
        }
    }

    private string Rewrite(JsonElement element)
    {
        // The parser looks into no string: a byte that is not UTF-8, or half a surrogate's escape, would fail where it is read.
        if (!Utf8.IsValid(JsonMarshal.GetRawUtf8Value(element)))
        {
            throw BadUnicode();
        }

        var written = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(written, JsonOutput.Options);
        try
        {
            element.WriteTo(writer);
        }
        catch (InvalidOperationException)
        {
            throw BadUnicode();
        }

        writer.Flush();
        return Encoding.UTF8.GetString(written.WrittenSpan);
    }

    private ApiException NoObject() =>
        Fail(Path, $"Invalid '{Path}': the text is not a JSON object of at most {TunnelProtocol.MaxJsonDepth} levels.");

    private ApiException BadUnicode() => Fail(Path, $"Invalid '{Path}': a string is not valid Unicode.");

    private ApiException BadName() => Fail(Place?.ToString() ?? "body", "A field's name is not valid Unicode.");

    private static ApiException Fail(string path, string message) => new(ApiError.Invalid(path, message));

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}

/// <summary>The elements of an array in a caller's JSON. The default has none.</summary>
internal readonly struct RequestList(JsonElement array, FieldPath? path)
{
    public int Length => array.ValueKind == JsonValueKind.Array ? array.GetArrayLength() : 0;

    public bool IsEmpty => Length == 0;

    public Enumerator GetEnumerator() => new(array, path);

    internal struct Enumerator(JsonElement array, FieldPath? path)
    {
        private JsonElement.ArrayEnumerator _elements = array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : default;
        private int _index = -1;

        public readonly RequestNode Current => RequestNode.Element(_elements.Current, path, _index);

        public bool MoveNext()
        {
            _index++;
            return array.ValueKind == JsonValueKind.Array && _elements.MoveNext();
        }
    }
}
