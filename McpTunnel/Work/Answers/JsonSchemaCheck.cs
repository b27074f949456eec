using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Pointer;
using Json.Schema;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>
/// One schema of a caller's, and what a value has against it. Nothing outside of it is read: a reference that leads elsewhere is none.
/// </summary>
internal sealed partial class JsonSchemaCheck
{
    private const string PatternProperties = "patternProperties";

    // More of them tell a model no more.
    private const int MostErrors = 8;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    private static readonly EvaluationOptions Evaluation = Flat();

    private readonly JsonSchema _schema;

    private JsonSchemaCheck(JsonSchema schema) => _schema = schema;

    /// <summary>Null where there is nothing to hold a value against: it is no schema, leads out of itself, or round in a circle.</summary>
    /// <param name="json">An object, as text.</param>
    public static JsonSchemaCheck? Of(string json)
    {
        try
        {
            var schema = JsonElement.Parse(json, Options);
            if (json.Contains(PatternProperties, StringComparison.Ordinal) && !HasPlainNames(schema))
            {
                return null;
            }

            // A registry of its own: the library's keeps every schema for ever.
            var build = new BuildOptions { Dialect = SchemaKeywords.Dialect, SchemaRegistry = new SchemaRegistry() };
            return new JsonSchemaCheck(JsonSchema.Build(schema, build));
        }
        catch (Exception e) when (e is JsonException or JsonSchemaException or RefResolutionException or ArgumentException
            or UriFormatException or InvalidOperationException or PointerParseException)
        {
            return null;
        }
    }

    /// <summary>None: it fits. Eight of them at most.</summary>
    /// <exception cref="SchemaTooCostlyException">It cannot be said within what one check may take.</exception>
    public IReadOnlyList<SchemaError> Errors(JsonElement value)
    {
        if (Evaluate(value) is not { IsValid: false } found)
        {
            return [];
        }

        var errors = (found.Details ?? []).Append(found)
            .SelectMany(detail => (detail.Errors ?? []).Select(error => new SchemaError(Place(detail), error.Key, error.Value)))
            .Distinct().Take(MostErrors).ToList();
        return errors.Count > 0 ? errors : [new SchemaError(string.Empty, string.Empty, "It does not fit.")];
    }

    // Null: it leads out of itself, which is seen only where it is followed; or it asks of a text that is half a surrogate pair, which JSON
    // allows and no string holds.
    private EvaluationResults? Evaluate(JsonElement value)
    {
        try
        {
            return SchemaKeywords.Bounded(() => _schema.Evaluate(value, Evaluation));
        }
        catch (Exception e) when (e is RefResolutionException or InvalidOperationException)
        {
            return null;
        }
    }

    private static EvaluationOptions Flat()
    {
        var options = new EvaluationOptions { OutputFormat = OutputFormat.List };
        options.IgnoreAllAnnotations();
        return options;
    }

    private static string Place(EvaluationResults detail) => detail.InstanceLocation.ToString();

    // The library matches names without a limit of time: only patterns that cannot take long are let through.
    private static bool HasPlainNames(JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Object => schema.EnumerateObject().All(member => HasPlainNames(member.Value)
            && (!member.NameEquals(PatternProperties) || member.Value.ValueKind != JsonValueKind.Object
                || member.Value.EnumerateObject().All(name => IsPlain(name.Name)))),
        JsonValueKind.Array => schema.EnumerateArray().All(HasPlainNames),
        _ => true,
    };

    private static bool IsPlain(string pattern)
    {
        var repetitions = Repetitions().Count(pattern);
        return repetitions == 0 || (repetitions == 1 && !pattern.Contains('('));
    }

    [GeneratedRegex(@"[*+?{]|\\\d")]
    private static partial Regex Repetitions();
}

/// <summary>What is wrong with a value.</summary>
/// <param name="Place">A JSON pointer; empty: the whole.</param>
/// <param name="Keyword">The schema's word that says so; empty where a schema of <c>false</c> does.</param>
/// <param name="Message">For a model.</param>
internal sealed record SchemaError(string Place, string Keyword, string Message);
