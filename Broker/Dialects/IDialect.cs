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
    /// <summary>For logs and metrics: "openai-chat", "openai-responses", "anthropic" or "gemini".</summary>
    string Name { get; }

    IApiFamily Family { get; }

    /// <summary>Reads a caller's body. Unknown fields are ignored.</summary>
    /// <exception cref="Errors.ApiException">Wrong types, missing or unsupported fields: an invalid request that names the field.</exception>
    CompletionCall Read(JsonElement body, CompletionPath path);

    /// <summary>Writes the whole answer as one JSON body.</summary>
    void WriteAnswer(IBufferWriter<byte> output, CompletionCall call, Answer answer);

    /// <summary>Opens a streamed answer that writes its frames to <paramref name="output"/>.</summary>
    IAnswerStream OpenStream(IBufferWriter<byte> output, CompletionCall call);
}
