namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Refuses what would change the answer if it were passed over: better no answer than a wrong one.</summary>
internal static class OpenAiUnsupported
{
    /// <exception cref="Errors.ApiException">Names the field.</exception>
    public static void Refuse(RequestNode body)
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
