namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>The reasoning settings that held: the model's own.</summary>
internal sealed record ResponseReasoning
{
    public string? Effort { get; }

    public string? Summary { get; }
}
