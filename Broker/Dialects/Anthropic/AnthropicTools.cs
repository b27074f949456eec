using System.Collections.Frozen;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Reads <c>tools</c> and <c>tool_choice</c> (docs: "Tool use with Claude").</summary>
internal static class AnthropicTools
{
    // Cline offers the web's search unasked, with every request. Each of its versions has a date.
    private const string WebSearch = "web_search_";

    // Without the search the model has all tools at once: the same answer. Anthropic's other tools are refused.
    private static readonly FrozenSet<string> NotNeeded = FrozenSet.Create(
        "tool_search_tool_regex", "tool_search_tool_regex_20251119", "tool_search_tool_bm25", "tool_search_tool_bm25_20251119");

    public static ToolOffer Read(RequestNode body, List<RequestedFeature> requested)
    {
        var offer = new ToolOfferBuilder("tools");
        foreach (var tool in body.List("tools"))
        {
            ReadTool(tool.AsObject(), offer, requested);
        }

        if (body.Optional("tool_choice")?.AsObject() is { } choice)
        {
            ReadChoice(choice, offer, requested);
        }

        return offer.Build();
    }

    private static void ReadTool(RequestNode tool, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        if (tool.Optional("type") is { } type && type.AsString() is var kind && kind != "custom")
        {
            if (!NotNeeded.Contains(kind) && !kind.StartsWith(WebSearch, StringComparison.Ordinal))
            {
                throw type.Unsupported($"{type.Path}: tools of the type '{kind}' are not served here, only 'custom' ones are.");
            }

            RequestedFeature.PassOver(requested, "tools", kind);
            return;
        }

        var name = tool.Required("name");
        var schema = tool.Required("input_schema");
        var spec = new ToolSpec
        {
            Name = name.AsString(RequestBounds.OfferedName),
            Description = tool.Optional("description")?.AsString(RequestBounds.Description) ?? string.Empty,
            InputSchemaJson = schema.AsObjectText(),
        };
        offer.Add(spec, name.Place!, schema.Place!);
        if (tool.Optional("strict") is { } strict && strict.AsBoolean())
        {
            RequestedFeature.Once(requested, "tools.strict", RequestFeatures.StructuredOutput);
        }

        if (!tool.List("input_examples").IsEmpty)
        {
            RequestedFeature.PassOver(requested, "tools", "input_examples");
        }
    }

    private static void ReadChoice(RequestNode choice, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        var type = choice.Required("type");
        var asked = type.AsString();
        if (asked is not ("auto" or "any" or "tool" or "none"))
        {
            throw type.Unsupported("tool_choice.type must be 'auto', 'any', 'tool' or 'none'.");
        }

        if (offer.IsEmpty && asked is ("any" or "tool"))
        {
            // Without a tool to call, the model would chat instead.
            throw choice.Unsupported("tool_choice may only be specified while providing tools.");
        }

        switch (asked)
        {
            case "none":
                offer.Forbid();
                return;
            case "any":
                offer.Require();
                requested.Add(choice.Asking(RequestFeatures.ToolChoice));
                break;
            case "tool":
                var name = choice.Required("name");
                offer.Require(name.AsString(RequestBounds.OfferedName), name.Place!);
                requested.Add(choice.Asking(RequestFeatures.ToolChoice));
                break;
        }

        if (choice.Optional("disable_parallel_tool_use") is { } single && single.AsBoolean() && !offer.IsEmpty)
        {
            offer.AllowOneCall();
            requested.Add(single.Asking(RequestFeatures.SingleToolCall));
        }
    }
}
