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
    // OpenAI's own (docs: "Create chat completion", stop).
    private const int MostStops = 4;

    /// <summary>Refuses what would change the answer if it were passed over: better no answer than a wrong one.</summary>
    /// <exception cref="Errors.ApiException">Names the field.</exception>
    public static void RefuseUnsupported(RequestNode body)
    {
        RefuseBackground(body);
        RefuseOtherCompletions(body);
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

    /// <summary>Refuses to go on from what is not stored here: the answer would be to half of the conversation.</summary>
    /// <exception cref="Errors.ApiException">Names the field.</exception>
    public static void RefuseReference(RequestNode? field)
    {
        // Clients write an empty text for none.
        if (field is { } stored && (stored.Kind != JsonValueKind.String || stored.AsString().Length > 0))
        {
            throw stored.Unsupported($"'{stored.Path}' is not supported: none is stored here. Send the whole conversation.");
        }
    }

    /// <summary>Refuses more than one answer, or another than the prompt's: fields of text completions, sent to chats too.</summary>
    /// <exception cref="Errors.ApiException">Names the field.</exception>
    public static void RefuseOtherCompletions(RequestNode body)
    {
        RefuseMoreThanOne(body.Optional("n"));
        RefuseMoreThanOne(body.Optional("best_of"));
        if (body.Optional("suffix") is { } suffix && suffix.AsString().Length > 0)
        {
            throw suffix.Unsupported("'suffix' is not supported: text is answered, not filled in.");
        }

        if (body.Optional("echo") is { } echo && echo.AsBoolean())
        {
            throw echo.Unsupported("'echo' is not supported: leave it out.");
        }
    }

    /// <summary>Null when the body asks for nothing.</summary>
    public static Sampling? ReadSampling(RequestNode body, List<RequestedFeature> requested)
    {
        var asked = requested.Count;
        var sampling = new Sampling();
        if (body.Optional("max_completion_tokens", "max_output_tokens", "max_tokens") is { } limit)
        {
            sampling.MaxOutputTokens = limit.AsCountWithin(1);
            requested.Add(limit.Asking(RequestFeatures.MaxOutputTokens));
        }

        if (body.Optional("temperature") is { } temperature)
        {
            sampling.Temperature = temperature.AsNumberWithin(0, 2);
            requested.Add(temperature.Asking(RequestFeatures.Temperature));
        }

        if (body.Optional("top_p") is { } topP)
        {
            sampling.TopP = topP.AsNumberWithin(0, 1);
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
    /// <param name="showsAll">Thoughts are shown to whoever asks for an effort, not only where a <c>summary</c> is asked for.</param>
    public static ThinkingControl? ReadThinking(RequestNode body, List<RequestedFeature> requested, bool showsAll)
    {
        var reasoning = body.Optional("reasoning")?.AsObject();
        var effort = body.Optional("reasoning_effort") ?? reasoning?.Optional("effort");
        var summary = reasoning?.Optional("summary", "generate_summary");
        if (summary is { } shown)
        {
            shown.AsString();
            requested.Add(shown.Asking(RequestFeatures.Thinking));
        }

        if (effort is not { } asked)
        {
            return summary is null ? null : new ThinkingControl { Enabled = true, IncludeThoughts = true };
        }

        requested.Add(asked.Asking(RequestFeatures.Thinking));
        return asked.AsString() == "none"
            ? new ThinkingControl()
            : new ThinkingControl
            {
                Enabled = true,
                Effort = ThinkingEffort.Read(asked),
                IncludeThoughts = showsAll || summary is not null,
            };
    }

    /// <summary>True where thoughts are to carry what their vendor signs them with.</summary>
    /// <param name="canSign">The answer tells thoughts, in items that have a place for it.</param>
    public static bool ReadInclude(RequestNode body, List<RequestedFeature> requested, bool canSign)
    {
        var (signs, more) = (false, false);
        foreach (var included in body.List("include"))
        {
            var isSigned = canSign && included.AsString() == "reasoning.encrypted_content";
            (signs, more) = (signs || isSigned, more || !isSigned);
        }

        if (signs || more)
        {
            requested.Add(body.Required("include").Asking(more ? string.Empty : RequestFeatures.SignedThoughts));
        }

        return signs;
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
            var given = 0;
            foreach (var each in stop.AsArray())
            {
                given++;
                AddStop(each);
            }

            stop.CheckCount(given, MostStops);
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
        AddWhen(body.Optional("max_output_tokens"), node => node.AsCountWithin(1) != limit?.AsCount(), requested);
        AddWhen(body.Optional("max_tokens"), node => node.AsCountWithin(1) != limit?.AsCount(), requested);
        AddWhen(body.Optional("frequency_penalty"), node => node.AsNumberWithin(-2, 2) != 0, requested);
        AddWhen(body.Optional("presence_penalty"), node => node.AsNumberWithin(-2, 2) != 0, requested);
        AddWhen(body.Optional("logit_bias"), node => node.AsObject().Value.EnumerateObject().Any(), requested);
        AddWhen(body.Optional("top_logprobs"), node => node.AsCountWithin(0, 20) > 0, requested);
        var verbosity = body.Optional("verbosity") ?? body.Optional("text")?.AsObject().Optional("verbosity");
        AddWhen(verbosity, node => node.AsString() != "medium", requested);
        AddWhen(body.Optional("web_search_options"), _ => true, requested);
        AddWhen(body.Optional("prediction"), _ => true, requested);
        AddWhen(body.Optional("truncation"), node => node.AsString() != "disabled", requested);
        AddWhen(body.Optional("context_management"), _ => true, requested);
    }

    private static void AddWhen(RequestNode? field, Func<RequestNode, bool> asksForMore, List<RequestedFeature> requested)
    {
        if (field is { } node && asksForMore(node))
        {
            requested.Add(node.Asking(string.Empty));
        }
    }

    // Where it were passed over, nobody would find the answer.
    private static void RefuseBackground(RequestNode body)
    {
        if (body.Optional("background") is { } background && background.AsBoolean())
        {
            throw background.Unsupported("'background' is not supported. Leave it out, and stream instead.");
        }

        RefuseReference(body.Optional("conversation"));
        RefuseReference(body.Optional("prompt"));
    }

    private static void RefuseMoreThanOne(RequestNode? field)
    {
        if (field is { } count && count.AsCountWithin(1) != 1)
        {
            throw count.Unsupported($"Only one choice for each call is supported: '{count.Path}' must be 1.");
        }
    }
}
