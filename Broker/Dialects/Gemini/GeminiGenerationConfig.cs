using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads <c>generationConfig</c>.</summary>
internal static class GeminiGenerationConfig
{
    public static Sampling Read(RequestNode config, List<RequestedFeature> requested)
    {
        RefuseUnsupported(config);
        var sampling = new Sampling();

        if (config.Optional("maxOutputTokens", "max_output_tokens") is { } maxTokens)
        {
            sampling.MaxOutputTokens = maxTokens.AsCount() is > 0 and var count
                ? count
                : throw maxTokens.Unsupported($"{maxTokens.Path} must be at least 1.");
            requested.Add(new RequestedFeature(maxTokens.Path, RequestFeatures.MaxOutputTokens));
        }

        if (config.Optional("temperature") is { } temperature)
        {
            sampling.Temperature = Within(temperature, 2);
            requested.Add(new RequestedFeature(temperature.Path, RequestFeatures.Temperature));
        }

        if (config.Optional("topP", "top_p") is { } topP)
        {
            sampling.TopP = Within(topP, 1);
            requested.Add(new RequestedFeature(topP.Path, RequestFeatures.TopP));
        }

        if (config.Optional("topK", "top_k") is { } topK)
        {
            sampling.TopK = topK.AsCount();
            requested.Add(new RequestedFeature(topK.Path, RequestFeatures.TopK));
        }

        if (config.Optional("stopSequences", "stop_sequences") is { } stops)
        {
            sampling.StopSequences.AddRange(stops.AsArray().Select(stop => stop.AsString()));
            if (sampling.StopSequences.Count > 0)
            {
                requested.Add(new RequestedFeature(stops.Path, RequestFeatures.StopSequences));
            }
        }

        if (config.Optional("seed") is { } seed)
        {
            sampling.Seed = seed.AsInteger();
            requested.Add(new RequestedFeature(seed.Path, RequestFeatures.Seed));
        }

        ReadRest(config, requested);
        return sampling;
    }

    private static void ReadRest(RequestNode config, List<RequestedFeature> requested)
    {
        if (config.Optional("thinkingConfig", "thinking_config")?.AsObject() is { } thinking && thinking.Value.EnumerateObject().Any())
        {
            requested.Add(new RequestedFeature(thinking.Path, RequestFeatures.Thinking));
        }

        foreach (var penalty in new[] { config.Optional("presencePenalty", "presence_penalty"), config.Optional("frequencyPenalty", "frequency_penalty") })
        {
            if (penalty is { } asked)
            {
                asked.AsNumber();
                requested.Add(new RequestedFeature(asked.Path, string.Empty));
            }
        }
    }

    private static double Within(RequestNode node, double limit) =>
        node.AsNumber() is >= 0 and var number && number <= limit ? number : throw node.Unsupported($"{node.Path} must be between 0 and {limit}.");

    private static void RefuseUnsupported(RequestNode config)
    {
        if (config.Optional("candidateCount", "candidate_count") is { } candidates && candidates.AsCount() > 1)
        {
            throw candidates.Unsupported($"{candidates.Path} above 1 is not supported.");
        }

        if (config.Optional("responseMimeType", "response_mime_type") is { } mime && mime.AsString() is not ("" or "text/plain"))
        {
            throw mime.Unsupported($"{mime.Path} '{mime.AsString()}' is not supported yet: leave it out for text.");
        }

        if (config.Optional("responseSchema", "response_schema", "responseJsonSchema", "response_json_schema") is { } schema)
        {
            throw schema.Unsupported($"{schema.Path} is not supported yet.");
        }

        foreach (var modality in config.Optional("responseModalities", "response_modalities")?.AsArray() ?? [])
        {
            if (!modality.AsString().Equals("TEXT", StringComparison.OrdinalIgnoreCase))
            {
                throw modality.Unsupported($"{modality.Path} '{modality.AsString()}' is not supported: only TEXT is.");
            }
        }
    }
}
