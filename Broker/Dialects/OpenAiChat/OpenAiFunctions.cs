using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.OpenAiChat;

/// <summary>
/// Reads <c>functions</c> and <c>function_call</c>: tools as they were in 2023, one call an answer. Older programs send them still.
/// </summary>
internal static class OpenAiFunctions
{
    /// <exception cref="Errors.ApiException">Names the field; both generations at once are refused too.</exception>
    public static ToolOffer Read(RequestNode functions, RequestNode body, List<RequestedFeature> requested)
    {
        if (body.Optional("tools") is { } tools && !tools.AsArray().IsEmpty)
        {
            throw functions.Unsupported($"'{functions.Path}' is not allowed where 'tools' are specified: send one of the two.");
        }

        var offer = new ToolOfferBuilder("functions");
        foreach (var function in functions.AsArray())
        {
            OpenAiTools.ReadFunction(function.AsObject(), offer, requested);
        }

        offer.AllowOneCall();
        requested.Add(functions.Asking(RequestFeatures.SingleToolCall));
        if (body.Optional("function_call") is { } choice)
        {
            ReadChoice(choice, offer, requested);
        }

        return offer.Build();
    }

    /// <summary>Without a function to call, the model would chat instead.</summary>
    /// <exception cref="Errors.ApiException">A call is forced.</exception>
    public static void RefuseForced(RequestNode choice)
    {
        if (OpenAiTools.Forces(choice))
        {
            throw choice.Unsupported($"Invalid value for '{choice.Path}': it is only allowed when 'functions' are specified.");
        }
    }

    private static void ReadChoice(RequestNode choice, ToolOfferBuilder offer, List<RequestedFeature> requested)
    {
        switch (choice.Kind == JsonValueKind.String ? choice.AsString() : null)
        {
            case "auto":
                break;
            case "none":
                offer.Forbid();
                break;
            case null:
                var name = choice.AsObject().Required("name");
                offer.Require(name.AsString(RequestBounds.OfferedName), name.Place!);
                requested.Add(choice.Asking(RequestFeatures.ToolChoice));
                break;
            case var other:
                throw choice.Unsupported(
                    $"Invalid value for '{choice.Path}': '{other}'. Supported values are: 'none', 'auto' and a function's name.");
        }
    }
}
