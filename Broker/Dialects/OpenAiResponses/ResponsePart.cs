namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>The text of a message item.</summary>
internal sealed record ResponsePart(string Text)
{
    public string Type { get; } = "output_text";

    public IReadOnlyList<string> Annotations { get; } = [];

    public IReadOnlyList<string> Logprobs { get; } = [];
}
