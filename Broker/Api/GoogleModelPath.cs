using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Api;

/// <summary>Google's <c>models/{model}:{action}</c>; the model may itself hold slashes (<c>claude/opus</c>).</summary>
internal static class GoogleModelPath
{
    private static readonly ApiError NoSuchAction = new(
        ApiErrorKind.NotFound,
        "There is no such action on models: POST to models/{model}:generateContent, :streamGenerateContent or :countTokens.");

    /// <summary>A part of the path; empty where it is missing.</summary>
    public static string Of(HttpContext context, string routeValue) =>
        Unescape(context.Request.RouteValues[routeValue] as string ?? string.Empty);

    /// <summary>The completion that the path asks for.</summary>
    /// <exception cref="ApiException">It names no model, or an action that is none of ours.</exception>
    public static CompletionPath Parse(string modelAndAction, IQueryCollection query)
    {
        var colon = modelAndAction.LastIndexOf(':');
        var action = colon > 0 ? modelAndAction[(colon + 1)..] : string.Empty;
        return action switch
        {
            "generateContent" => new CompletionPath { Model = modelAndAction[..colon], Stream = false },
            "streamGenerateContent" => new CompletionPath
            {
                Model = modelAndAction[..colon],
                Stream = true,
                ServerSentEvents = query["alt"] == "sse",
            },
            _ => throw new ApiException(NoSuchAction),
        };
    }

    /// <summary>The count that the path asks for; another vendor's path names no model.</summary>
    public static CompletionPath Counted(HttpContext context) => Of(context, "modelAndAction") is { Length: > 0 } path
        ? new CompletionPath { Model = path[..path.LastIndexOf(':')] }
        : CompletionPath.None;

    // Kestrel decodes a path but for its %2F, which is how the SDKs send the slash of an id.
    private static string Unescape(string path) => path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
