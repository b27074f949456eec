using System.Text.Json;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects;

/// <summary>
/// A place in a caller's JSON that knows its own path, so that every complaint names the field. JSON null counts as absent,
/// as it does at the vendors.
/// </summary>
internal readonly record struct RequestNode(JsonElement Value, string Path)
{
    public JsonValueKind Kind => Value.ValueKind;

    /// <summary>The body itself.</summary>
    public static RequestNode Body(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object ? new RequestNode(body, string.Empty) : throw Fail("body", "The request body must be a JSON object.");

    /// <summary>The first of the names that is present.</summary>
    public RequestNode? Optional(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (TryGet(name, out var found) && found.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                return new RequestNode(found, Path.Length == 0 ? name : $"{Path}.{name}");
            }
        }

        return null;
    }

    public RequestNode Required(string name) =>
        Optional(name) ?? throw Fail(Path.Length == 0 ? name : $"{Path}.{name}", $"Missing required parameter: '{(Path.Length == 0 ? name : $"{Path}.{name}")}'.");

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

    public bool AsBoolean() => Kind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw WrongType("a boolean");

    /// <summary>A finite number: 1e999 is JSON, but no sampler's, and cannot be written back.</summary>
    public double AsNumber() =>
        Kind == JsonValueKind.Number && Value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw WrongType("a finite number");

    /// <summary>A whole number of 0 to 2^31-1.</summary>
    public uint AsCount() =>
        Kind == JsonValueKind.Number && Value.TryGetDouble(out var number) && number is >= 0 and <= int.MaxValue && Math.Floor(number) == number
            ? (uint)number
            : throw WrongType("a non-negative integer");

    public long AsInteger() => Kind == JsonValueKind.Number && Value.TryGetInt64(out var number) ? number : throw WrongType("an integer");

    public RequestNode AsObject() => Kind == JsonValueKind.Object ? this : throw WrongType("an object");

    public IEnumerable<RequestNode> AsArray()
    {
        if (Kind != JsonValueKind.Array)
        {
            throw WrongType("an array");
        }

        var path = Path;
        return Value.EnumerateArray().Select((element, index) => new RequestNode(element, $"{path}[{index}]"));
    }

    /// <summary>What the object holds, in its order.</summary>
    public IEnumerable<RequestNode> Fields()
    {
        foreach (var field in AsObject().Value.EnumerateObject())
        {
            yield return new RequestNode(field.Value, $"{Path}.{NameOf(field)}");
        }
    }

    public string? String(string name) => Optional(name)?.AsString();

    public ApiException WrongType(string wanted) => Fail(Path, $"Invalid type for '{Path}': expected {wanted}, but got {Name(Kind)} instead.");

    public ApiException Unsupported(string message) => Fail(Path, message);

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

    private ApiException BadName() => Fail(Path.Length == 0 ? "body" : Path, "A field's name is not valid Unicode.");

    private static ApiException Fail(string path, string message) => new(ApiError.Invalid(path, message));

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
