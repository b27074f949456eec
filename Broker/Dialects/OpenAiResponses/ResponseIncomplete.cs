using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Why a response was cut short.</summary>
internal sealed record ResponseIncomplete(string Reason)
{
    /// <summary>Null where the answer is whole.</summary>
    public static ResponseIncomplete? Of(StopReason reason) => reason switch
    {
        StopReason.MaxTokens => new ResponseIncomplete("max_output_tokens"),
        StopReason.Refusal => new ResponseIncomplete("content_filter"),
        _ => null,
    };
}
