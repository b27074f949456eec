using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// Reads what a body asks besides its conversation. One reader for both dialects: clients mix their fields.
/// </summary>
internal static class OpenAiSettings
{
    /// <summary>Refuses what would change the answer if it were passed over: better no answer than a wrong one.</summary>
    /// <exception cref="Errors.ApiException">Names the field.</exception>
    public static void RefuseUnsupported(RequestNode body)
    {
        RefuseFilled(body.Optional("tools"));
        RefuseFilled(body.Optional("functions"));
        RefuseFormat(body.Optional("response_format"));
        RefuseFormat(body.Optional("text")?.AsObject().Optional("format"));

        if (body.Optional("n") is { } n && n.AsCount() != 1)
        {
            throw n.Unsupported("Only one choice for each call is supported: 'n' must be 1.");
        }

        foreach (var modality in body.List("modalities"))
        {
            if (modality.AsString() != "text")
            {
                throw body.Required("modalities").Unsupported("Only the modality 'text' is supported.");
            }
        }

        if (body.Optional("audio") is { } audio)
        {
            throw audio.Unsupported("Audio output is not supported.");
        }

        if (body.Optional("logprobs") is { } logprobs && logprobs.AsBoolean())
        {
            throw logprobs.Unsupported("Log probabilities are not supported.");
        }
    }

    /// <summary>Null when the body asks for nothing.</summary>
    public static Sampling? ReadSampling(RequestNode body, List<RequestedFeature> requested)
    {
        var asked = requested.Count;
        var sampling = new Sampling();
        if (body.Optional("max_completion_tokens", "max_output_tokens", "max_tokens") is { } limit)
        {
            sampling.MaxOutputTokens = limit.AsCount() is > 0 and var count ? count : throw limit.WrongType("a positive integer");
            requested.Add(limit.Asking(RequestFeatures.MaxOutputTokens));
        }

        if (body.Optional("temperature") is { } temperature)
        {
            sampling.Temperature = temperature.AsNumber();
            requested.Add(temperature.Asking(RequestFeatures.Temperature));
        }

        if (body.Optional("top_p") is { } topP)
        {
            sampling.TopP = topP.AsNumber();
            requested.Add(topP.Asking(RequestFeatures.TopP));
        }

        if (body.Optional("seed") is { } seed)
        {
            sampling.Seed = seed.AsInteger();
            requested.Add(seed.Asking(RequestFeatures.Seed));
        }

        if (body.Optional("stop") is { } stop && ReadStops(stop, sampling))
        {
            requested.Add(stop.Asking(RequestFeatures.StopSequences));
        }

        var asksForNothing = requested.Count == asked;
        AddWhatNoCliHonours(body, requested);
        return asksForNothing ? null : sampling;
    }

    /// <summary>Null when the body asks for nothing. "none" is an ask too: not to think.</summary>
    /// <param name="canShow">The dialect has a word for thoughts: a <c>summary</c> of them can be had.</param>
    public static ThinkingControl? ReadThinking(RequestNode body, List<RequestedFeature> requested, bool canShow)
    {
        var reasoning = body.Optional("reasoning")?.AsObject();
        var effort = body.Optional("reasoning_effort") ?? reasoning?.Optional("effort");
        var summary = reasoning?.Optional("summary", "generate_summary");
        if (summary is { } shown)
        {
            shown.AsString();
            requested.Add(shown.Asking(canShow ? RequestFeatures.Thinking : string.Empty));
        }

        var shows = canShow && summary is not null;
        if (effort is not { } asked)
        {
            return shows ? new ThinkingControl { Enabled = true, IncludeThoughts = true } : null;
        }

        requested.Add(asked.Asking(RequestFeatures.Thinking));
        return asked.AsString() == "none"
            ? new ThinkingControl()
            : new ThinkingControl { Enabled = true, Effort = ThinkingEffort.Read(asked), IncludeThoughts = shows };
    }

    // Clients write an empty text for none.
    private static bool ReadStops(RequestNode stop, Sampling sampling)
    {
        if (stop.Kind != JsonValueKind.Array)
        {
            AddStop(stop);
        }
        else
        {
            foreach (var each in stop.AsArray())
            {
                AddStop(each);
            }
        }

        return sampling.StopSequences.Count > 0;

        void AddStop(RequestNode text)
        {
            if (text.AsString(RequestBounds.StopSequence) is { Length: > 0 } given)
            {
                sampling.StopSequences.Add(given);
            }
        }
    }

    private static void AddWhatNoCliHonours(RequestNode body, List<RequestedFeature> requested)
    {
        // Clients send the limit under two names; one of them holds.
        var limit = body.Optional("max_completion_tokens", "max_output_tokens", "max_tokens");
        AddWhen(body.Optional("max_output_tokens"), node => node.AsCount() != limit?.AsCount(), requested);
        AddWhen(body.Optional("max_tokens"), node => node.AsCount() != limit?.AsCount(), requested);
        AddWhen(body.Optional("frequency_penalty"), node => node.AsNumber() != 0, requested);
        AddWhen(body.Optional("presence_penalty"), node => node.AsNumber() != 0, requested);
        AddWhen(body.Optional("logit_bias"), node => node.AsObject().Value.EnumerateObject().Any(), requested);
        AddWhen(body.Optional("top_logprobs"), node => node.AsCount() > 0, requested);
        var verbosity = body.Optional("verbosity") ?? body.Optional("text")?.AsObject().Optional("verbosity");
        AddWhen(verbosity, node => node.AsString() != "medium", requested);
        AddWhen(body.Optional("web_search_options"), _ => true, requested);
        AddWhen(body.Optional("prediction"), _ => true, requested);
    }

    private static void AddWhen(RequestNode? field, Func<RequestNode, bool> asksForMore, List<RequestedFeature> requested)
    {
        if (field is { } node && asksForMore(node))
        {
            requested.Add(node.Asking(string.Empty));
        }
    }

    private static void RefuseFilled(RequestNode? field)
    {
        if (field is { } node && !node.AsArray().IsEmpty)
        {
            throw node.Unsupported($"'{node.Path}' is not supported yet: leave it out or send an empty array.");
        }
    }

    private static void RefuseFormat(RequestNode? field)
    {
        if (field is not { } format)
        {
            return;
        }

        var type = format.AsObject().Required("type");
        if (type.AsString() != "text")
        {
            throw format.Unsupported($"'{format.Path}' of type '{type.AsString()}' is not supported yet: use 'text'.");
        }
    }
}
