using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads <c>generationConfig</c>. Its numbers may stand in strings.</summary>
internal static class GeminiGenerationConfig
{
    // Google's own (docs: "GenerationConfig", stopSequences).
    private const int MostStops = 5;

    /// <summary>Null where nothing is asked of the sampler.</summary>
    public static Sampling? ReadSampling(RequestNode config, List<RequestedFeature> requested)
    {
        var before = requested.Count;
        var sampling = new Sampling();
        if (config.Optional("maxOutputTokens", "max_output_tokens")?.Unquoted() is { } maxTokens)
        {
            sampling.MaxOutputTokens = maxTokens.AsCountWithin(1);
            requested.Add(maxTokens.Asking(RequestFeatures.MaxOutputTokens));
        }

        if (config.Optional("temperature")?.Unquoted() is { } temperature)
        {
            sampling.Temperature = temperature.AsNumberWithin(0, 2);
            requested.Add(temperature.Asking(RequestFeatures.Temperature));
        }

        if (config.Optional("topP", "top_p")?.Unquoted() is { } topP)
        {
            sampling.TopP = topP.AsNumberWithin(0, 1);
            requested.Add(topP.Asking(RequestFeatures.TopP));
        }

        if (config.Optional("topK", "top_k")?.Unquoted() is { } topK)
        {
            sampling.TopK = topK.AsCountWithin(1);
            requested.Add(topK.Asking(RequestFeatures.TopK));
        }

        ReadStops(config, sampling, requested);
        if (config.Optional("seed")?.Unquoted() is { } seed)
        {
            sampling.Seed = seed.AsIntegerFrom(int.MinValue);
            requested.Add(seed.Asking(RequestFeatures.Seed));
        }

        var asksForNothing = requested.Count == before;
        AddWhatNoCliHonours(config, requested);
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
        if (thinking.Optional("thinkingBudget", "thinking_budget")?.Unquoted() is { } budget
            && budget.AsIntegerFrom(-1) is >= 0 and var tokens)
        {
            control.BudgetTokens = (uint)tokens;
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
        if (config.Optional("candidateCount", "candidate_count")?.Unquoted() is { } candidates && candidates.AsCountWithin(1) > 1)
        {
            throw candidates.Unsupported($"{candidates.Path} above 1 is not supported.");
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

        var given = 0;
        foreach (var stop in stops.AsArray())
        {
            given++;
            if (stop.AsString(RequestBounds.StopSequence) is { Length: > 0 } text)
            {
                sampling.StopSequences.Add(text);
            }
        }

        stops.CheckCount(given, MostStops);
        if (sampling.StopSequences.Count > 0)
        {
            requested.Add(stops.Asking(RequestFeatures.StopSequences));
        }
    }

    private static void AddWhatNoCliHonours(RequestNode config, List<RequestedFeature> requested)
    {
        AddWhen(config.Optional("presencePenalty", "presence_penalty"), node => node.AsNumberWithin(-2, 2) != 0, requested);
        AddWhen(config.Optional("frequencyPenalty", "frequency_penalty"), node => node.AsNumberWithin(-2, 2) != 0, requested);
        AddWhen(config.Optional("logprobs"), node => node.AsCountWithin(0) > 0, requested);
        AddWhen(config.Optional("speechConfig", "speech_config"), _ => true, requested);
        AddWhen(config.Optional("imageConfig", "image_config"), _ => true, requested);
        AddWhen(config.Optional("mediaResolution", "media_resolution"), _ => true, requested);
        AddWhen(
            config.Optional("enableEnhancedCivicAnswers", "enable_enhanced_civic_answers"), node => node.AsBoolean(), requested);
    }

    private static void AddWhen(RequestNode? field, Func<RequestNode, bool> asksForMore, List<RequestedFeature> requested)
    {
        if (field?.Unquoted() is { } node && asksForMore(node))
        {
            requested.Add(node.Asking(string.Empty));
        }
    }
}
