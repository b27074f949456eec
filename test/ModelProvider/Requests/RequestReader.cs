using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Polydev.ModelProvider.Requests;

/// <summary>Tells by path and headers whose API is spoken, whatever prefix the base address has.</summary>
internal static class RequestReader
{
    // A vendor reads the deepest schema that a CLI passes on.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    public static (ProviderDialect Dialect, ProviderRequestKind Kind) Classify(HttpRequest request)
    {
        var path = request.Path.Value ?? "/";
        return path switch
        {
            _ when HttpMethods.IsHead(request.Method) => (ProviderDialect.Anthropic, ProviderRequestKind.Probe),
            _ when IsPostTo("/messages") => (ProviderDialect.Anthropic, ProviderRequestKind.Generate),
            _ when IsPostTo("/messages/count_tokens") => (ProviderDialect.Anthropic, ProviderRequestKind.CountTokens),
            _ when IsPostTo("/responses") => (ProviderDialect.OpenAi, ProviderRequestKind.Generate),
            _ when IsPostTo(":generateContent") => (ProviderDialect.Gemini, ProviderRequestKind.Generate),
            _ when IsPostTo(":streamGenerateContent") => (ProviderDialect.Gemini, ProviderRequestKind.Generate),
            _ when IsPostTo(":countTokens") => (ProviderDialect.Gemini, ProviderRequestKind.CountTokens),
            _ when HttpMethods.IsGet(request.Method) && EndsWith("/models") => (ByHeaders(request), ProviderRequestKind.Models),
            _ when HttpMethods.IsGet(request.Method) && EndsWith("/wham/usage") => (ProviderDialect.OpenAi, ProviderRequestKind.Usage),
            _ => (ByHeaders(request), ProviderRequestKind.Unknown),
        };

        bool IsPostTo(string end) => HttpMethods.IsPost(request.Method) && EndsWith(end);
        bool EndsWith(string end) => path.EndsWith(end, StringComparison.Ordinal);
    }

    /// <summary>The body, or an Undefined element where there is none.</summary>
    /// <exception cref="JsonException">The body is no JSON.</exception>
    public static async Task<JsonElement> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return default;
        }

        using var document = await JsonDocument.ParseAsync(request.Body, Deep, cancellationToken);
        return document.RootElement.Clone();
    }

    public static string ReadModel(HttpRequest request, JsonElement body)
    {
        if (body.Text("model") is { Length: > 0 } model)
        {
            return model;
        }

        var path = request.Path.Value ?? string.Empty;
        var end = path.LastIndexOf(':');
        return end < 0 ? string.Empty : path[(path.LastIndexOf('/', end) + 1)..end];
    }

    public static bool ReadStream(HttpRequest request, JsonElement body) =>
        body.Flag("stream") || request.Path.Value?.EndsWith(":streamGenerateContent", StringComparison.Ordinal) == true;

    private static ProviderDialect ByHeaders(HttpRequest request) =>
        request.Headers.ContainsKey("anthropic-version") ? ProviderDialect.Anthropic
        : request.Headers.ContainsKey("x-goog-api-key") || request.Headers.ContainsKey("x-goog-api-client") ? ProviderDialect.Gemini
        : ProviderDialect.OpenAi;
}
