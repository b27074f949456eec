using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads <c>generationConfig</c>.</summary>
internal static class GeminiGenerationConfig
{
    /// <summary>Null where nothing is asked of the sampler.</summary>
    public static Sampling? ReadSampling(RequestNode config, List<RequestedFeature> requested)
    {
        var before = requested.Count;
        var sampling = new Sampling();
        if (config.Optional("maxOutputTokens", "max_output_tokens") is { } maxTokens)
        {
            sampling.MaxOutputTokens = maxTokens.AsCount() is > 0 and var count
                ? count
                : throw maxTokens.Unsupported($"{maxTokens.Path} must be at least 1.");
            requested.Add(maxTokens.Asking(RequestFeatures.MaxOutputTokens));
        }

        if (config.Optional("temperature") is { } temperature)
        {
            sampling.Temperature = Within(temperature, 2);
            requested.Add(temperature.Asking(RequestFeatures.Temperature));
        }

        if (config.Optional("topP", "top_p") is { } topP)
        {
            sampling.TopP = Within(topP, 1);
            requested.Add(topP.Asking(RequestFeatures.TopP));
        }

        if (config.Optional("topK", "top_k") is { } topK)
        {
            sampling.TopK = topK.AsCount();
            requested.Add(topK.Asking(RequestFeatures.TopK));
        }

        ReadStops(config, sampling, requested);
        if (config.Optional("seed") is { } seed)
        {
            sampling.Seed = seed.AsInteger();
            requested.Add(seed.Asking(RequestFeatures.Seed));
        }

        var asksForNothing = requested.Count == before;
        AddPenalty(config.Optional("presencePenalty", "presence_penalty"), requested);
        if (config.Optional("logprobs") is { } logprobs && logprobs.AsCount() > 0)
        {
            requested.Add(logprobs.Asking(string.Empty));
        }

        AddPenalty(config.Optional("frequencyPenalty", "frequency_penalty"), requested);
        return asksForNothing ? null : sampling;
    }

    /// <summary>Null where nothing is asked. A budget of 0 asks for no thinking, one of -1 leaves it to the model.</summary>
    public static ThinkingControl? ReadThinking(RequestNode config, List<RequestedFeature> requested)
    {
        if (config.Optional("thinkingConfig", "thinking_config")?.AsObject() is not { } thinking || !thinking.Value.EnumerateObject().Any())
        {
            return null;
        }

        requested.Add(thinking.Asking(RequestFeatures.Thinking));
        var control = new ThinkingControl
        {
            Enabled = true,
            IncludeThoughts = thinking.Optional("includeThoughts", "include_thoughts")?.AsBoolean() ?? false,
        };
        if (thinking.Optional("thinkingBudget", "thinking_budget") is { } budget && budget.AsInteger() != -1)
        {
            control.BudgetTokens = budget.AsCount();
            control.Enabled = control.BudgetTokens > 0;
        }

        if (thinking.Optional("thinkingLevel", "thinking_level") is { } level && level.AsString() != "THINKING_LEVEL_UNSPECIFIED")
        {
            control.Effort = ThinkingEffort.Read(level);
        }

        return control;
    }

    /// <exception cref="Errors.ApiException">What would change the answer's meaning if it were passed over.</exception>
    public static void RefuseUnsupported(RequestNode config)
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

        if (config.Optional("responseLogprobs", "response_logprobs") is { } probabilities && probabilities.AsBoolean())
        {
            throw probabilities.Unsupported($"{probabilities.Path} is not supported.");
        }

        foreach (var modality in config.List("responseModalities", "response_modalities"))
        {
            if (!modality.AsString().Equals("TEXT", StringComparison.OrdinalIgnoreCase))
            {
                throw modality.Unsupported($"{modality.Path} '{modality.AsString()}' is not supported: only TEXT is.");
            }
        }
    }

    private static void ReadStops(RequestNode config, Sampling sampling, List<RequestedFeature> requested)
    {
        if (config.Optional("stopSequences", "stop_sequences") is not { } stops)
        {
            return;
        }

        foreach (var stop in stops.AsArray())
        {
            sampling.StopSequences.Add(stop.AsString(RequestBounds.StopSequence));
        }

        if (sampling.StopSequences.Count > 0)
        {
            requested.Add(stops.Asking(RequestFeatures.StopSequences));
        }
    }

    private static void AddPenalty(RequestNode? penalty, List<RequestedFeature> requested)
    {
        if (penalty is { } asked && asked.AsNumber() != 0)
        {
            requested.Add(asked.Asking(string.Empty));
        }
    }

    private static double Within(RequestNode node, double limit) =>
        node.AsNumber() is >= 0 and var number && number <= limit
            ? number
            : throw node.Unsupported($"{node.Path} must be between 0 and {limit}.");
}
