namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>The text settings that held.</summary>
internal sealed record ResponseText
{
    public ResponseTextFormat Format { get; } = new();

    public string Verbosity { get; } = "medium";
}
