using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Errors;
using Polydev.Broker.Reference;

namespace Polydev.Broker.Manage;

/// <summary>
/// The JSON object that a change brings: of 16 kB at most, 8 deep at most, with no field twice and none but those of the endpoint's
/// <see cref="ApiOperation"/>. A field that is left out is told from one that is null.
/// </summary>
internal sealed class ManageBody
{
    public const int MostBytes = 16 * 1024;

    private const int MostDepth = 8;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MostDepth, AllowDuplicateProperties = false };

    private readonly Dictionary<string, JsonElement> _fields;

    private ManageBody(Dictionary<string, JsonElement> fields) => _fields = fields;

    public static ManageError TooLarge { get; } = new(
        StatusCodes.Status413PayloadTooLarge, "too_large", $"The body is larger than {MostBytes / 1024} kB.");

    /// <exception cref="ManageException">It is no JSON object, or too large.</exception>
    /// <exception cref="RefusedChangeException">A field is unknown, missing, or not of its kind.</exception>
    public static async Task<ManageBody> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ManageException(new ManageError(
                StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send application/json."));
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostBytes;
        using var document = await ParseAsync(context);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw Unreadable("The body must be one JSON object.");
        }

        var fields = document.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.Clone());
        var problems = ProblemsOf(fields, ApiOperation.Of(context)!.Body).ToList();
        return problems.Count == 0 ? new ManageBody(fields) : throw new RefusedChangeException(problems);
    }

    /// <summary>It was sent, be it as null.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Null where it was not sent, or as null.</summary>
    public string? Text(string name) => Of(name)?.GetString();

    public int? Number(string name) => Of(name)?.GetInt32();

    public bool? Flag(string name) => Of(name)?.GetBoolean();

    private static async Task<JsonDocument> ParseAsync(HttpContext context)
    {
        try
        {
            return await JsonDocument.ParseAsync(context.Request.Body, Strict, context.RequestAborted);
        }
        catch (JsonException e)
        {
            throw Unreadable($"The body is no JSON that can be read here: {e.Message}");
        }
    }

    private static ManageException Unreadable(string message) =>
        new(new ManageError(StatusCodes.Status400BadRequest, "invalid_request", message));

    private static IEnumerable<FieldProblem> ProblemsOf(Dictionary<string, JsonElement> sent, IReadOnlyList<ApiField> known)
    {
        foreach (var name in sent.Keys.Where(name => known.All(field => field.Name != name)))
        {
            yield return new FieldProblem(name, "There is no such field.");
        }

        foreach (var field in known)
        {
            if (!sent.TryGetValue(field.Name, out var value))
            {
                if (field.IsRequired)
                {
                    yield return new FieldProblem(field.Name, "It is missing.");
                }
            }
            else if (!Fits(field, value))
            {
                yield return new FieldProblem(field.Name, Wanted(field));
            }
        }
    }

    private static bool Fits(ApiField field, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => field.IsNullable,
        JsonValueKind.String => field.Kind == ApiFieldKind.Text
            && (field.Words.Count == 0 || field.Words.Contains(value.GetString())),
        JsonValueKind.Number => field.Kind == ApiFieldKind.Number && value.TryGetInt32(out _),
        JsonValueKind.True or JsonValueKind.False => field.Kind == ApiFieldKind.Flag,
        _ => false,
    };

    private static string Wanted(ApiField field) => field.Words.Count > 0 ? $"One of: {string.Join(", ", field.Words)}."
        : field.Kind == ApiFieldKind.Number ? $"A whole number from {field.Least}."
        : field.Kind == ApiFieldKind.Flag ? "True or false."
        : "A text.";

    private JsonElement? Of(string name) =>
        _fields.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
