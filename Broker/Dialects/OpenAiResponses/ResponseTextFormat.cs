namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Plain text: the only format so far.</summary>
internal sealed record ResponseTextFormat
{
    public string Type { get; } = "text";
}
