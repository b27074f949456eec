using Polydev.Broker.Conversations;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// Reads tools of the type "custom": the model writes one text for them, of a grammar where there is one (docs: "Function calling", custom
/// tools; Cursor's and Codex's ApplyPatch). No CLI can hold its model to a grammar: the model is told of it, and the caller that it need
/// not be kept.
/// </summary>
internal static class OpenAiCustomTools
{
    private const string AnyText = """{"type":"text"}""";

    /// <param name="tool">Chat puts it into a field of its type, Responses does not; clients mix the two.</param>
    public static void Read(RequestNode tool, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        var custom = tool.Optional("custom")?.AsObject() ?? tool;
        var name = custom.Required("name");
        var format = custom.Optional("format")?.AsObject();
        var rule = format is { } given ? ReadRule(given) : string.Empty;
        if (rule.Length > 0)
        {
            RequestedFeature.PassOver(requested, "tools", "format");
        }

        offer.Add(
            new TextTool(
                name.AsString(RequestBounds.OfferedName),
                custom.Optional("description")?.AsString(RequestBounds.Description) ?? string.Empty,
                format?.AsObjectText() ?? AnyText,
                rule),
            name.Place!);
    }

    /// <summary>The arguments of a call of the history, as the model knows them.</summary>
    public static string Arguments(RequestNode call) => CustomToolInput.Wrapped(call.Required("input").AsString());

    private static string ReadRule(RequestNode format)
    {
        var type = format.Required("type");
        switch (type.AsString())
        {
            case "text":
                return string.Empty;
            case "grammar":
                var grammar = format.Optional("grammar")?.AsObject() ?? format;
                var syntax = grammar.Required("syntax");
                if (syntax.AsString() is not ("lark" or "regex"))
                {
                    throw syntax.Unsupported(
                        $"Invalid value for '{syntax.Path}': '{syntax.AsString()}'. Supported values are: 'lark' and 'regex'.");
                }

                var definition = grammar.Required("definition").AsString(RequestBounds.Description);
                return syntax.AsString() == "regex"
                    ? $"The input is a text that this regular expression matches:\n{definition}"
                    : $"The input is a text of this grammar, in Lark's notation:\n{definition}";
            case var other:
                throw type.Unsupported($"Invalid value for '{type.Path}': '{other}'. Supported values are: 'text' and 'grammar'.");
        }
    }
}
