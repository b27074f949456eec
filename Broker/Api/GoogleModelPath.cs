using Polydev.Broker.Dialects;

namespace Polydev.Broker.Api;

/// <summary>Google's <c>models/{model}:{action}</c>; the model may itself hold slashes (<c>claude/opus</c>).</summary>
internal static class GoogleModelPath
{
    /// <summary>A part of the path; empty where it is missing.</summary>
    public static string Of(HttpContext context, string routeValue) =>
        Unescape(context.Request.RouteValues[routeValue] as string ?? string.Empty);

    /// <summary>The completion that the path asks for, or null where the action is none of ours.</summary>
    public static CompletionPath? Parse(string modelAndAction, IQueryCollection query)
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
            _ => null,
        };
    }

    // Kestrel decodes a path but for its %2F, which is how the SDKs send the slash of an id.
    private static string Unescape(string path) => path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
