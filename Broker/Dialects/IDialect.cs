using System.Buffers;
using System.Text.Json;
using Polydev.Shared.Work;

namespace Polydev.Broker.Dialects;

/// <summary>
/// One vendor's format of a completion: its JSON to a <c>WorkItem</c>, events back to its JSON or its stream. Stateless and
/// safe for many calls; what a call needs to remember stands in its <see cref="CompletionCall"/>.
/// </summary>
internal interface IDialect
{
    /// <summary>
    /// For logs and metrics: "openai-chat", "openai-responses", "openai-compaction", "openai-completions", "anthropic" or "gemini".
    /// </summary>
    string Name { get; }

    IApiFamily Family { get; }

    /// <summary>Reads a caller's body. Unknown fields are ignored.</summary>
    /// <exception cref="Errors.ApiException">An invalid request that names its field: a wrong type, one missing or unsupported.</exception>
    CompletionCall Read(JsonElement body, CompletionPath path);

    /// <summary>Writes the whole answer as one JSON body.</summary>
    void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer);

    /// <summary>Opens a streamed answer that writes its frames to <paramref name="output"/>.</summary>
    IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call);
}

/// <summary>
/// What a completion's address says, where the dialect puts it there (Google's), and what its headers say of the API that is meant.
/// </summary>
internal sealed record CompletionPath
{
    public static CompletionPath None { get; } = new();

    /// <summary>The model of the path, else null.</summary>
    public string? Model { get; init; }

    /// <summary>The path asks for a stream; null: the body says.</summary>
    public bool? Stream { get; init; }

    /// <summary>It is only to be counted: what an answer needs besides may be missing.</summary>
    public bool Counts { get; init; }

    /// <summary>What the body goes on from; null where it names nothing, or that could not be looked for.</summary>
    public EarlierAnswers? Earlier { get; init; }

    /// <summary>It is Anthropic's API of 2026-10-21, which has no <c>temperature</c>, <c>top_p</c> and <c>top_k</c>.</summary>
    public bool HasNoSampling { get; init; }

    /// <summary>Google's <c>alt=sse</c>; without it its stream is a JSON array.</summary>
    public bool ServerSentEvents { get; init; }
}
