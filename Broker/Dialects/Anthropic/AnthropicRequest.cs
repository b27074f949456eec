using System.Security.Cryptography;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Reads the body of <c>POST /v1/messages</c> (docs: "Create a Message"), and of its <c>/count_tokens</c>.</summary>
internal static class AnthropicRequest
{
    // A bound of ours: nobody sends more, and each is looked for in each text.
    private const int MostStops = 1000;

    public static CompletionCall Read(RequestNode body, CompletionPath path, DateTimeOffset now)
    {
        var model = body.Required("model");
        if (string.IsNullOrWhiteSpace(model.AsString(RequestBounds.ModelId)))
        {
            throw model.Unsupported("model must name a model.");
        }

        RefuseUnsupported(body);
        if (path.HasNoSampling)
        {
            RefuseSampling(body);
        }

        var requested = new List<RequestedFeature>();
        var stream = body.Optional("stream")?.AsBoolean() ?? false;
        var call = new CompletionCall
        {
            Model = model.AsString(),
            Sampling = path.Counts ? null : ReadSampling(body, requested),
            Thinking = ReadThinking(body, requested),
            Offer = AnthropicTools.Read(body, requested),
            Format = AnthropicFormat.Read(body),
            Conversation = AnthropicConversation.Read(body, requested),
            Stream = stream,
            EarlyInputField = stream ? "usage.input_tokens" : null,
            AnswerId = "msg_" + RandomNumberGenerator.GetHexString(24, lowercase: true),
            CreatedAt = now,
            Requested = requested,
        };
        if (!path.Counts)
        {
            CheckPrefill(call);
        }

        return call;
    }

    private static Sampling ReadSampling(RequestNode body, List<RequestedFeature> requested)
    {
        // Required of every call, and yet an ask: a caller whose limit does not hold must learn of it.
        var maxTokens = body.Required("max_tokens");
        var sampling = new Sampling { MaxOutputTokens = maxTokens.AsCountWithin(1) };
        requested.Add(maxTokens.Asking(RequestFeatures.MaxOutputTokens));
        if (body.Optional("temperature") is { } temperature)
        {
            sampling.Temperature = temperature.AsNumberWithin(0, 1);
            requested.Add(temperature.Asking(RequestFeatures.Temperature));
        }

        if (body.Optional("top_p") is { } topP)
        {
            sampling.TopP = topP.AsNumberWithin(0, 1);
            requested.Add(topP.Asking(RequestFeatures.TopP));
        }

        if (body.Optional("top_k") is { } topK)
        {
            sampling.TopK = topK.AsCountWithin(0);
            requested.Add(topK.Asking(RequestFeatures.TopK));
        }

        ReadStops(body, sampling, requested);
        AddWhatNoCliHonours(body, requested);
        return sampling;
    }

    // At its default value too.
    private static void RefuseSampling(RequestNode body)
    {
        if ((body.Optional("temperature") ?? body.Optional("top_p") ?? body.Optional("top_k")) is { } field)
        {
            throw field.Unsupported($"{field.Path}: Extra inputs are not permitted");
        }
    }

    private static void ReadStops(RequestNode body, Sampling sampling, List<RequestedFeature> requested)
    {
        if (body.Optional("stop_sequences") is not { } stops)
        {
            return;
        }

        foreach (var stop in stops.AsArray())
        {
            if (stop.AsString(RequestBounds.StopSequence) is { Length: > 0 } given)
            {
                sampling.StopSequences.Add(given);
            }
        }

        stops.CheckCount(sampling.StopSequences.Count, MostStops);
        if (sampling.StopSequences.Count > 0)
        {
            requested.Add(stops.Asking(RequestFeatures.StopSequences));
        }
    }

    // The answer is still one to the question: only its extras are missing, or it was made elsewhere.
    private static void AddWhatNoCliHonours(RequestNode body, List<RequestedFeature> requested)
    {
        if (body.Optional("context_management") is { } management)
        {
            requested.Add(management.Asking(string.Empty));
        }

        if (body.Optional("inference_geo") is { } place)
        {
            requested.Add(place.Asking(string.Empty));
        }
    }

    // An effort alone leaves it to the model whether it thinks; "disabled" is an ask too.
    private static ThinkingControl? ReadThinking(RequestNode body, List<RequestedFeature> requested)
    {
        ThinkingControl? control = null;
        if (body.Optional("thinking")?.AsObject() is { } thinking)
        {
            control = ReadThinking(thinking);
            requested.Add(thinking.Asking(RequestFeatures.Thinking));
        }

        if (body.Optional("output_config")?.AsObject().Optional("effort") is { } effort)
        {
            control ??= new ThinkingControl { Enabled = true };
            control.Effort = ThinkingEffort.Read(effort);
            requested.Add(effort.Asking(RequestFeatures.Thinking));
        }

        return control;
    }

    private static ThinkingControl ReadThinking(RequestNode thinking)
    {
        var type = thinking.Required("type");
        if (type.AsString() is not ("enabled" or "adaptive" or "disabled"))
        {
            throw type.Unsupported("thinking.type must be 'enabled', 'adaptive' or 'disabled'.");
        }

        if (type.AsString() == "disabled")
        {
            return new ThinkingControl();
        }

        var control = new ThinkingControl { Enabled = true, IncludeThoughts = thinking.String("display") != "omitted" };
        if (thinking.Optional("budget_tokens") is { } budget)
        {
            control.BudgetTokens = budget.AsCount();
        }

        return control;
    }

    // Models of other vendors know no such rule.
    private static void CheckPrefill(CompletionCall call)
    {
        if (call.Conversation.Prefill is { } prefill && ModelId.Parse(call.Model) is { Provider: Providers.Claude, Model: var model }
            && !ClaudeModel.Of(model).TakesPrefill)
        {
            const string Message = "This model does not support assistant message prefill. The conversation must end with a user message.";
            throw new ApiException(ApiError.Invalid(prefill.Field, Message));
        }
    }

    // What would change the answer's meaning if it were passed over.
    private static void RefuseUnsupported(RequestNode body)
    {
        if (body.Optional("mcp_servers") is { } servers && !servers.AsArray().IsEmpty)
        {
            throw servers.Unsupported("mcp_servers are not supported: send none.");
        }

        if (body.Optional("container") is { } container)
        {
            throw container.Unsupported("container is not supported: no code runs here. Leave it out.");
        }

        // Of a conversation that the vendor holds, a request has the last messages alone. The SDK's tool runner asks for one, and goes on
        // without when it is told so in these words.
        if (body.Optional("thread") is { } thread)
        {
            const string Message = "thread is not supported: no conversation is held here. Send all of its messages.";
            throw new ApiException(ApiError.Invalid(thread.Path, Message) with
            {
                Details = new ApiErrorDetails("thread_unsupported_request", ["thread"]),
            });
        }
    }
}
