using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>OpenAI's error body; also the data of a chat stream that fails midway.</summary>
internal sealed record OpenAiErrorBody(OpenAiError Error)
{
    public static OpenAiErrorBody Of(ApiError error) => new(OpenAiError.Of(error));
}
