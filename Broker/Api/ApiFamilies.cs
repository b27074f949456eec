using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Api;

/// <summary>Tells in whose words a call is to be answered, also where no handler has run yet.</summary>
internal sealed class ApiFamilies(OpenAiFamily openAi, AnthropicFamily anthropic, GoogleFamily google)
{
    /// <summary>
    /// The endpoint's own family; on addresses that several families share, the caller's headers say it (see docs/wire.md).
    /// </summary>
    public IApiFamily Of(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IApiFamily>() is { } family)
        {
            return family;
        }

        var headers = context.Request.Headers;
        if (headers.ContainsKey("anthropic-version"))
        {
            return anthropic;
        }

        var isGoogle = headers.ContainsKey("x-goog-api-key") || headers.ContainsKey("x-goog-api-client")
            || context.Request.Query.ContainsKey("key");
        return isGoogle || LooksGoogle(context.Request.Path) ? google : openAi;
    }

    private static bool LooksGoogle(PathString path) =>
        path.StartsWithSegments("/api/v1/v1beta") || path.StartsWithSegments("/api/v1/google")
        || path.Value!.Contains(':', StringComparison.Ordinal);
}
