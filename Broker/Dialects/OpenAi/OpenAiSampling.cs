using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Reads what a body asks of the sampler. One reader for both dialects: clients mix their fields.</summary>
internal sealed class OpenAiSampling
{
    private readonly List<RequestedFeature> _requested = [];

    private OpenAiSampling()
    {
    }

    /// <summary>Null when the body asks for nothing.</summary>
    public Sampling? Sampling { get; private set; }

    public IReadOnlyList<RequestedFeature> Requested => _requested;

    public static OpenAiSampling Read(RequestNode body)
    {
        var read = new OpenAiSampling();
        var limit = body.Optional("max_completion_tokens", "max_output_tokens", "max_tokens");
        read.Take(limit, RequestFeatures.MaxOutputTokens, (sampling, node) => sampling.MaxOutputTokens = Limit(node));
        read.Take(body.Optional("temperature"), RequestFeatures.Temperature, (sampling, node) => sampling.Temperature = node.AsNumber());
        read.Take(body.Optional("top_p"), RequestFeatures.TopP, (sampling, node) => sampling.TopP = node.AsNumber());
        read.Take(body.Optional("seed"), RequestFeatures.Seed, (sampling, node) => sampling.Seed = node.AsInteger());
        read.TakeStop(body.Optional("stop"));
        read.TakeEffort(body.Optional("reasoning_effort") ?? body.Optional("reasoning")?.AsObject().Optional("effort"));
        read.TakeWhatNoCliHonours(body);
        return read;
    }

    private void Take(RequestNode? field, string feature, Action<Sampling, RequestNode> set)
    {
        if (field is { } node)
        {
            set(Sampling ??= new Sampling(), node);
            _requested.Add(new RequestedFeature(node.Path, feature));
        }
    }

    private void TakeStop(RequestNode? field)
    {
        if (field is not { } node)
        {
            return;
        }

        string[] stops = node.Kind == JsonValueKind.Array ? [.. node.AsArray().Select(stop => stop.AsString())] : [node.AsString()];
        if (stops.Length > 0)
        {
            Take(node, RequestFeatures.StopSequences, (sampling, _) => sampling.StopSequences.Add(stops));
        }
    }

    private void TakeEffort(RequestNode? field)
    {
        if (field is { } node)
        {
            _ = node.AsString();
            _requested.Add(new RequestedFeature(node.Path, RequestFeatures.Thinking));
        }
    }

    private void TakeWhatNoCliHonours(RequestNode body)
    {
        AddWhen(body.Optional("frequency_penalty"), node => node.AsNumber() != 0);
        AddWhen(body.Optional("presence_penalty"), node => node.AsNumber() != 0);
        AddWhen(body.Optional("logit_bias"), node => node.AsObject().Value.EnumerateObject().Any());
        AddWhen(body.Optional("top_logprobs"), node => node.AsCount() > 0);
        AddWhen(body.Optional("verbosity") ?? body.Optional("text")?.AsObject().Optional("verbosity"), node => node.AsString() != "medium");
        AddWhen(body.Optional("web_search_options"), _ => true);
        AddWhen(body.Optional("prediction"), _ => true);
    }

    private void AddWhen(RequestNode? field, Func<RequestNode, bool> asksForMore)
    {
        if (field is { } node && asksForMore(node))
        {
            _requested.Add(new RequestedFeature(node.Path, string.Empty));
        }
    }

    private static uint Limit(RequestNode node) =>
        node.AsCount() is > 0 and var limit ? limit : throw node.WrongType("a positive integer");
}
