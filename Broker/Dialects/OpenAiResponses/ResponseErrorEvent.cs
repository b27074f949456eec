namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>The event that makes OpenAI's SDKs throw; <c>response.failed</c> alone does not.</summary>
internal sealed record ResponseErrorEvent(int SequenceNumber, string? Code, string Message, string? Param)
{
    public string Type { get; } = "error";
}
