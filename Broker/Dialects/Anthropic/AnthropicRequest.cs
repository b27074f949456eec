using System.Security.Cryptography;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>Reads the body of <c>POST /v1/messages</c> (docs: "Create a Message").</summary>
internal static class AnthropicRequest
{
    public static CompletionCall Read(RequestNode body, DateTimeOffset now)
    {
        var model = body.Required("model");
        if (string.IsNullOrWhiteSpace(model.AsString()))
        {
            throw model.Unsupported("model must name a model.");
        }

        RefuseUnsupported(body);
        var requested = new List<RequestedFeature>();
        var conversation = AnthropicConversation.Read(body);
        var item = new WorkItem
        {
            Instructions = conversation.Instructions,
            Messages = { conversation.Messages },
            Sampling = ReadSampling(body, requested),
        };
        ReadThinking(body, requested);

        return new CompletionCall
        {
            Model = model.AsString(),
            Item = item,
            Stream = body.Optional("stream")?.AsBoolean() ?? false,
            AnswerId = "msg_" + RandomNumberGenerator.GetHexString(24, lowercase: true),
            CreatedAt = now,
            Requested = requested,
        };
    }

    private static Sampling ReadSampling(RequestNode body, List<RequestedFeature> requested)
    {
        // Required of every call, so it asks for nothing special: it is not among the requested features.
        var maxTokens = body.Required("max_tokens");
        var sampling = new Sampling { MaxOutputTokens = maxTokens.AsCount() };
        if (sampling.MaxOutputTokens == 0)
        {
            throw maxTokens.Unsupported("max_tokens must be at least 1.");
        }

        if (body.Optional("temperature") is { } temperature)
        {
            sampling.Temperature = Fraction(temperature);
            requested.Add(new RequestedFeature(temperature.Path, RequestFeatures.Temperature));
        }

        if (body.Optional("top_p") is { } topP)
        {
            sampling.TopP = Fraction(topP);
            requested.Add(new RequestedFeature(topP.Path, RequestFeatures.TopP));
        }

        if (body.Optional("top_k") is { } topK)
        {
            sampling.TopK = topK.AsCount();
            requested.Add(new RequestedFeature(topK.Path, RequestFeatures.TopK));
        }

        if (body.Optional("stop_sequences") is { } stops)
        {
            sampling.StopSequences.AddRange(stops.AsArray().Select(stop => stop.AsString()));
            if (sampling.StopSequences.Count > 0)
            {
                requested.Add(new RequestedFeature(stops.Path, RequestFeatures.StopSequences));
            }
        }

        return sampling;
    }

    private static double Fraction(RequestNode node) =>
        node.AsNumber() is >= 0 and <= 1 and var number ? number : throw node.Unsupported($"{node.Path} must be between 0 and 1.");

    private static void ReadThinking(RequestNode body, List<RequestedFeature> requested)
    {
        if (body.Optional("thinking")?.AsObject() is { } thinking)
        {
            var type = thinking.Required("type");
            if (type.AsString() is not ("enabled" or "adaptive" or "disabled"))
            {
                throw type.Unsupported("thinking.type must be 'enabled', 'adaptive' or 'disabled'.");
            }

            if (type.AsString() != "disabled")
            {
                thinking.Optional("budget_tokens")?.AsCount();
                requested.Add(new RequestedFeature(thinking.Path, RequestFeatures.Thinking));
            }
        }

        if (body.Optional("output_config")?.AsObject().Optional("effort") is { } effort)
        {
            effort.AsString();
            requested.Add(new RequestedFeature(effort.Path, RequestFeatures.Thinking));
        }
    }

    // What would change the answer's meaning if it were passed over.
    private static void RefuseUnsupported(RequestNode body)
    {
        RefuseNonEmpty(body.Optional("tools"), "tools are not supported yet: send none.");
        RefuseNonEmpty(body.Optional("mcp_servers"), "mcp_servers are not supported: send none.");

        var format = body.Optional("output_config")?.AsObject().Optional("format") ?? body.Optional("output_format");
        if (format?.AsObject() is { } wanted && wanted.Required("type") is var type && type.AsString() != "text")
        {
            throw wanted.Unsupported($"{wanted.Path} of type '{type.AsString()}' is not supported yet: leave it out.");
        }
    }

    private static void RefuseNonEmpty(RequestNode? list, string message)
    {
        if (list?.AsArray().Any() == true)
        {
            throw list.Value.Unsupported(message);
        }
    }
}
