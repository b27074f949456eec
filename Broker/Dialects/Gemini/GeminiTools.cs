using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>
/// Reads <c>tools</c> and <c>toolConfig</c> (docs: "Function calling with the Gemini API"). Functions may stand in many tools. Of Google's
/// own tools, clients send the search unasked (Cline does, with every request): it is passed over. The others are refused by their names.
/// </summary>
internal static class GeminiTools
{
    private const string WithoutFunctions = "Function calling config is set without function_declarations.";

    public static ToolOffer Read(RequestNode body, List<RequestedFeature> requested)
    {
        var offer = new ToolOfferBuilder("tools");
        foreach (var tool in body.List("tools"))
        {
            foreach (var kind in tool.Fields())
            {
                ReadKind(kind, offer, requested);
            }
        }

        if (body.Optional("toolConfig", "tool_config")?.AsObject()
            .Optional("functionCallingConfig", "function_calling_config")?.AsObject() is { } calling)
        {
            ReadChoice(calling, offer, requested);
        }

        return offer.Build();
    }

    private static void ReadKind(RequestNode kind, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        if (kind.Kind == JsonValueKind.Null)
        {
            return;
        }

        if (kind.Name is "googleSearch" or "google_search")
        {
            RequestedFeature.PassOver(requested, "tools", kind.Name);
            return;
        }

        if (kind.Name is not ("functionDeclarations" or "function_declarations"))
        {
            throw kind.Unsupported($"{kind.Path}: this tool of Google's is not served here, only functionDeclarations are.");
        }

        foreach (var function in kind.AsArray())
        {
            ReadFunction(function.AsObject(), offer, requested);
        }
    }

    private static void ReadFunction(RequestNode function, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        var name = function.Required("name");
        var schema = function.Optional("parameters");
        var jsonSchema = function.Optional("parametersJsonSchema", "parameters_json_schema");
        if (schema is not null && jsonSchema is { } second)
        {
            throw second.Unsupported($"{second.Path} is not allowed where parameters are set: send one of the two.");
        }

        var tool = new ToolSpec
        {
            Name = name.AsString(RequestBounds.OfferedName),
            Description = function.Optional("description")?.AsString(RequestBounds.Description) ?? string.Empty,
            InputSchemaJson = jsonSchema?.AsObjectText() ?? (schema is { } own ? GeminiSchema.OfArguments(own) : string.Empty),
        };
        offer.Add(tool, name.Place!, (schema ?? jsonSchema ?? name).Place!);
        if (function.Optional("response", "responseJsonSchema", "response_json_schema") is not null)
        {
            RequestedFeature.PassOver(requested, "tools", "response");
        }
    }

    private static void ReadChoice(RequestNode calling, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        var mode = calling.Optional("mode");
        var asked = mode?.AsString().ToUpperInvariant() ?? "AUTO";
        var forces = asked == "ANY";
        switch (asked)
        {
            case "MODE_UNSPECIFIED" or "AUTO":
                break;
            case "NONE":
                offer.Forbid();
                break;
            case "ANY" when offer.IsEmpty:
                // Without a function to call, the model would chat instead.
                throw Refuse(mode!.Value, WithoutFunctions);
            case "ANY":
                offer.Require();
                break;
            case "VALIDATED":
                requested.Add(mode!.Value.Asking(string.Empty));
                break;
            default:
                throw Refuse(mode!.Value, "must be AUTO, ANY, NONE or VALIDATED.");
        }

        if (calling.Optional("allowedFunctionNames", "allowed_function_names") is { } names && !names.AsArray().IsEmpty)
        {
            Allow(names, offer, asked);
        }

        if (forces)
        {
            requested.Add(mode!.Value.Asking(RequestFeatures.ToolChoice));
        }
    }

    private static void Allow(RequestNode names, ToolOfferBuilder offer, string mode)
    {
        if (offer.IsEmpty)
        {
            throw Refuse(names, WithoutFunctions);
        }

        if (mode is not ("ANY" or "VALIDATED"))
        {
            throw Refuse(names, "Allowed function names should only be set when the function calling mode is ANY or VALIDATED.");
        }

        foreach (var name in names.AsArray())
        {
            offer.Allow(name.AsString(RequestBounds.OfferedName), name.Place!);
        }
    }

    private static ApiException Refuse(RequestNode field, string words) => field.Unsupported($"{field.Path}: {words}");
}
