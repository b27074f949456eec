using System.Security.Cryptography;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads the body of a <c>generateContent</c>. Google takes each field in camelCase and in snake_case.</summary>
internal static class GeminiRequest
{
    public static CompletionCall Read(RequestNode sent, CompletionPath path, DateTimeOffset now)
    {
        // A count may hold the request that it is of.
        var whole = path.Counts ? sent.Optional("generateContentRequest", "generate_content_request") : null;
        var body = whole?.AsObject() ?? sent;
        RefuseUnsupported(body);
        var requested = new List<RequestedFeature>();
        var config = body.Optional("generationConfig", "generation_config")?.AsObject();
        if (config is { } refusing)
        {
            GeminiGenerationConfig.RefuseUnsupported(refusing);
        }

        var stream = path.Stream ?? body.Optional("stream")?.AsBoolean() ?? false;
        var call = new CompletionCall
        {
            Model = path.Model is { } named ? Bounded(named) : ReadModel(body),
            Offer = GeminiTools.Read(body, requested),
            Format = config is { } format ? GeminiFormat.Read(format) : null,
            Conversation = GeminiConversation.Read(body, requested),
            Sampling = config is { } sampling ? GeminiGenerationConfig.ReadSampling(sampling, requested) : null,
            Thinking = config is { } thinking ? GeminiGenerationConfig.ReadThinking(thinking, requested) : null,
            Stream = stream,
            EarlyInputField = stream ? "usageMetadata.promptTokenCount" : null,
            // A path that does not say how to stream is the product's own, whose streams are events.
            ServerSentEvents = path.ServerSentEvents || path.Stream is null,
            AnswerId = RandomNumberGenerator.GetHexString(24, lowercase: true),
            CreatedAt = now,
            Requested = requested,
        };

        if (body.Optional("safetySettings", "safety_settings") is { } safety && !safety.AsArray().IsEmpty)
        {
            requested.Add(safety.Asking(string.Empty));
        }

        return call;
    }

    private static string ReadModel(RequestNode body)
    {
        if (body.Optional("model") is not { } model)
        {
            return KnownModels.DefaultGemini;
        }

        var named = model.AsString(RequestBounds.ModelId);
        return string.IsNullOrWhiteSpace(named) ? throw model.Unsupported("model must name a model.") : named;
    }

    private static string Bounded(string model) => model.Length <= RequestBounds.ModelId
        ? model
        : throw new ApiException(ApiError.Invalid("model", $"model must have at most {RequestBounds.ModelId} characters."));

    // What would change the answer's meaning if it were passed over.
    private static void RefuseUnsupported(RequestNode body)
    {
        if (body.Optional("cachedContent", "cached_content") is { } cached && cached.AsString().Length > 0)
        {
            throw cached.Unsupported($"{cached.Path} is not supported: send the content itself.");
        }
    }
}
