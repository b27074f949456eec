using Polydev.Broker.Routing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects;

/// <summary>A read request: the work, and what the answer must remember of the request.</summary>
internal sealed record CompletionCall
{
    /// <summary>The model id as the caller wrote it: routes the call, and is what the answer calls the model.</summary>
    public required string Model { get; init; }

    /// <summary>Provider, model and work id are still empty: routing sets them.</summary>
    public required WorkItem Item { get; init; }

    public bool Stream { get; init; }

    /// <summary>OpenAI's <c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Google's stream as server-sent events and not as a JSON array.</summary>
    public bool ServerSentEvents { get; init; }

    /// <summary>The id of the answer, in the dialect's form (<c>chatcmpl-…</c>, <c>msg_…</c>).</summary>
    public required string AnswerId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Request fields, in the dialect's own names, by the feature they ask for: those that the CLI does not honour are named in <c>x-polydev-ignored</c>.</summary>
    public IReadOnlyList<RequestedFeature> Requested { get; init; } = [];

    /// <summary>The work for a tunnel: made once, and not altered after.</summary>
    /// <param name="id">Of the work: the request's own.</param>
    public WorkItem ToWork(string id, ModelRoute route)
    {
        var work = Item.Clone();
        work.WorkId = id;
        work.Provider = route.Provider;
        work.Model = route.Model;
        return work;
    }
}
