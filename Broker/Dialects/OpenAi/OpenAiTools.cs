using System.Collections.Frozen;
using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// Reads <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>. Chat puts a function into a field of that name and Responses
/// does not; clients (Cursor) mix the two in one list.
/// </summary>
internal static class OpenAiTools
{
    // OpenAI's own tools that clients send unasked (Codex does). The others are refused: the caller means to be served by them.
    private static readonly FrozenSet<string> SentByDefault = FrozenSet.Create(
        "web_search", "web_search_2025_08_26", "web_search_preview", "web_search_preview_2025_03_11", "image_generation", "tool_search");

    // The namespace of Codex's own sub-agents, which it offers unasked (0.169.0: multi_agent_v1). Others are its user's MCP servers.
    private const string SubAgents = "multi_agent_";

    /// <param name="input">A history in the form of Responses, which may give tools, too.</param>
    public static ToolOffer Read(RequestNode body, RequestNode? input, List<RequestedFeature> requested)
    {
        var offer = new ToolOfferBuilder("tools");
        foreach (var tool in body.List("tools"))
        {
            ReadTool(tool.AsObject(), offer, requested);
        }

        if (input is { Kind: JsonValueKind.Array } items)
        {
            ReadAdditional(items, offer, requested);
        }

        if (body.Optional("tool_choice") is { } choice && ReadChoice(choice, offer))
        {
            requested.Add(choice.Asking(RequestFeatures.ToolChoice));
        }

        if (body.Optional("parallel_tool_calls") is { } parallel && !parallel.AsBoolean() && !offer.ServesNone)
        {
            offer.AllowOneCall();
            requested.Add(parallel.Asking(RequestFeatures.SingleToolCall));
        }

        return offer.Build();
    }

    /// <summary>A <c>function_call</c> that leaves the model no choice, or is none at all.</summary>
    public static bool Forces(RequestNode functionCall) =>
        functionCall.Kind != JsonValueKind.String || functionCall.AsString() is not ("auto" or "none");

    /// <summary>The definition of a function: of a tool, or of the list that was before tools.</summary>
    public static void ReadFunction(RequestNode function, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        var name = function.Required("name");
        var parameters = function.Optional("parameters");
        var tool = new ToolSpec
        {
            Name = name.AsString(RequestBounds.OfferedName),
            Description = function.Optional("description")?.AsString(RequestBounds.Description) ?? string.Empty,
            InputSchemaJson = parameters?.AsObjectText() ?? string.Empty,
        };
        offer.Add(tool, name.Place!, (parameters ?? name).Place!);
        if (function.Optional("strict") is { } strict && strict.AsBoolean())
        {
            RequestedFeature.Once(requested, "tools.strict", RequestFeatures.StructuredOutput);
        }
    }

    // Tools that a Responses history gives on its way (Codex does): they are offered with the others. Such an item comes again with each
    // request, and what of it cannot be served must not cost the conversation.
    private static void ReadAdditional(RequestNode items, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        foreach (var item in items.AsArray())
        {
            if (item.Kind == JsonValueKind.Object && item.Optional("type") is { Kind: JsonValueKind.String } type
                && type.AsString() == "additional_tools")
            {
                foreach (var tool in item.List("tools"))
                {
                    ReadAdditionalTool(tool.AsObject(), offer, requested);
                }
            }
        }
    }

    private static void ReadAdditionalTool(RequestNode tool, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        if (tool.String("type") is not ("function" or "custom") and var other)
        {
            RequestedFeature.PassOver(requested, "input.additional_tools", other ?? string.Empty);
        }
        else if (!offer.Has(Named(tool).Required("name").AsString()))
        {
            ReadTool(tool, offer, requested);
        }
    }

    private static void ReadTool(RequestNode tool, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        var type = tool.Required("type");
        switch (type.AsString())
        {
            case "function":
                ReadFunction(tool.Optional("function")?.AsObject() ?? tool, offer, requested);
                break;
            case "custom":
                OpenAiCustomTools.Read(tool, offer, requested);
                break;
            case var known when SentByDefault.Contains(known):
                RequestedFeature.PassOver(requested, "tools", known);
                break;
            case "namespace" when tool.String("name")?.StartsWith(SubAgents, StringComparison.Ordinal) == true:
                RequestedFeature.PassOver(requested, "tools", "namespace");
                break;
            case var other:
                throw type.Unsupported(
                    $"Invalid value for '{type.Path}': tools of the type '{other}' are not served here. Send functions or custom tools.");
        }
    }

    /// <summary>True where it asks for more than "auto".</summary>
    private static bool ReadChoice(RequestNode choice, ToolOfferBuilder offer)
    {
        var isWord = choice.Kind == JsonValueKind.String;
        var asked = isWord ? choice.AsString() : choice.AsObject().Required("type").AsString();
        if (offer.IsEmpty && asked is not ("auto" or "none"))
        {
            // Without a tool to call, the model would chat instead.
            throw choice.Unsupported($"Invalid value for '{choice.Path}': '{choice.Path}' is only allowed when 'tools' are specified.");
        }

        switch (asked)
        {
            case "auto":
                return false;
            case "none":
                offer.Forbid();
                return false;
            case "required":
                offer.Require();
                return true;
            case "function" or "custom" when !isWord:
                Name(choice, (name, path) => offer.Require(name, path));
                return true;
            case "allowed_tools" when !isWord:
                return ReadAllowed(choice.Optional("allowed_tools")?.AsObject() ?? choice, offer);
            default:
                throw choice.Unsupported(
                    $"Invalid value for '{choice.Path}': '{asked}'. Supported values are: 'none', 'auto', 'required', a function, "
                    + "a custom tool, and 'allowed_tools'.");
        }
    }

    private static bool ReadAllowed(RequestNode allowed, ToolOfferBuilder offer)
    {
        var tools = allowed.Required("tools");
        if (tools.AsArray().IsEmpty)
        {
            throw tools.Unsupported($"Invalid '{tools.Path}': at least one tool must be allowed.");
        }

        foreach (var tool in tools.AsArray())
        {
            Name(tool.AsObject(), offer.Allow);
        }

        var mode = allowed.Required("mode");
        switch (mode.AsString())
        {
            case "auto":
                return false;
            case "required":
                offer.Require();
                return true;
            case var other:
                throw mode.Unsupported($"Invalid value for '{mode.Path}': '{other}'. Supported values are: 'auto' and 'required'.");
        }
    }

    private static void Name(RequestNode choice, Action<string, FieldPath> choose)
    {
        var name = Named(choice).Required("name");
        choose(name.AsString(RequestBounds.OfferedName), name.Place!);
    }

    private static RequestNode Named(RequestNode tool) => (tool.Optional("function") ?? tool.Optional("custom"))?.AsObject() ?? tool;
}
