using System.Text.Json;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>
/// What an item's caller asked of an answer, and whether it is so: arguments fit the schema of their tool, the text has the form that was
/// asked for. A schema that cannot be read as one asks for no more than JSON.
/// </summary>
internal sealed class AnswerChecks
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = TunnelProtocol.MaxJsonDepth };

    private readonly ResponseFormat? _format;
    private readonly Dictionary<string, string> _schemas;

    // Read when the first call of that tool comes: most tools of a request are not called.
    private readonly Dictionary<string, JsonSchemaCheck?> _read = new(StringComparer.Ordinal);

    private AnswerChecks(IEnumerable<ToolSpec> tools, ResponseFormat? format)
    {
        _schemas = tools.ToDictionary(tool => tool.Name, tool => tool.InputSchemaJson, StringComparer.Ordinal);
        _format = format;
    }

    /// <summary>The text must have a form.</summary>
    public bool HasFormat => _format is not null;

    /// <summary>Null where any answer will do.</summary>
    public static AnswerChecks? Of(WorkItem item)
    {
        var hasTools = item.Tools.Count > 0 && item.ToolChoice is not { Mode: ToolChoiceMode.None };
        return hasTools || item.ResponseFormat is not null
            ? new AnswerChecks(hasTools ? item.Tools.DistinctBy(tool => tool.Name) : [], item.ResponseFormat)
            : null;
    }

    /// <summary>Null: the call is good.</summary>
    /// <exception cref="CliFailureException">INVALID_REQUEST: its schema takes too long to be held against.</exception>
    public AnswerFault? OfCall(AnswerToolCall call)
    {
        var slip = new SlippedCall(call.Id, call.Name, call.ArgumentsJson);
        if (Read(call.ArgumentsJson) is not { ValueKind: JsonValueKind.Object } arguments)
        {
            return OfSlip(slip);
        }

        var errors = Held(arguments, SchemaOf(call.Name), $"the tool '{call.Name}'");
        return errors.Count == 0 ? null : new AnswerFault(
            $"The arguments do not fit the tool's schema. {Told(errors)} Nothing was run. Call it again with arguments that fit.",
            $"The model called '{call.Name}' with arguments that do not fit its schema ({Shown(errors)}).",
            slip);
    }

    /// <summary>The fault of a call whose arguments are no JSON object.</summary>
    public static AnswerFault OfSlip(SlippedCall call) => new(
        "The arguments are not one JSON object. Nothing was run. Call it again with arguments that are.",
        $"The model called '{call.Name}' with arguments that are not a JSON object.",
        call);

    /// <summary>Of the text of an answer that has ended by itself. Null: it is good.</summary>
    /// <exception cref="CliFailureException">As of <see cref="OfCall"/>.</exception>
    public AnswerFault? OfText(string text)
    {
        if (_format!.Choices.Count > 0)
        {
            return _format.Choices.Contains(text) ? null : NotAsked("It is none of the texts that were asked for.", "one of the texts");
        }

        if (Read(text) is not { } value)
        {
            return NotAsked("It is not one JSON value alone.", "JSON");
        }

        if (_format.JsonSchema.Length == 0)
        {
            return value.ValueKind == JsonValueKind.Object ? null : NotAsked("It is not a JSON object.", "a JSON object");
        }

        var errors = Held(value, SchemaOf(null), "the answer");
        return errors.Count == 0
            ? null
            : NotAsked($"It does not fit the schema. {Told(errors)}", $"what fits the schema ({Shown(errors)})");
    }

    public static bool IsObject(string json) => Read(json) is { ValueKind: JsonValueKind.Object };

    private static AnswerFault NotAsked(string why, string form) => new(
        $"That is not the answer that was asked for. {why} Answer once more, in the form that was asked for, and with nothing else.",
        $"The model's answer is not {form}, which the request asks for.");

    private static JsonElement? Read(string json)
    {
        try
        {
            return JsonElement.Parse(json, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IReadOnlyList<SchemaError> Held(JsonElement value, JsonSchemaCheck? check, string whose)
    {
        try
        {
            return check?.Errors(value) ?? [];
        }
        catch (SchemaTooCostlyException)
        {
            throw new CliFailureException(
                FailureKind.InvalidRequest, $"The schema of {whose} takes too long to be checked: use a simpler one.", 400);
        }
    }

    private static string Told(IEnumerable<SchemaError> errors) => string.Join(' ', errors.Select(error =>
        $"At {Or(error.Place, "the root")}: {error.Message.TrimEnd('.')}."));

    private static string Shown(IReadOnlyList<SchemaError> errors) =>
        $"{Or(errors[0].Keyword, "not allowed")} at {Or(errors[0].Place, "the root")}";

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    // The text's own stands under no name.
    private JsonSchemaCheck? SchemaOf(string? tool)
    {
        var key = tool ?? string.Empty;
        if (!_read.TryGetValue(key, out var check))
        {
            var json = tool is null ? _format!.JsonSchema : _schemas.GetValueOrDefault(tool, string.Empty);
            _read[key] = check = json.Length == 0 ? null : JsonSchemaCheck.Of(json);
        }

        return check;
    }
}
