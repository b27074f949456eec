using Polydev.Broker.Dialects;

namespace Polydev.Broker.Api;

/// <summary>Google's <c>models/{model}:{action}</c>; the model may itself hold slashes (<c>claude/opus</c>).</summary>
internal static class GoogleModelPath
{
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
}
