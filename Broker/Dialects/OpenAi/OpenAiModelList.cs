namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>The body of <c>GET /models</c>.</summary>
internal sealed record OpenAiModelList(IReadOnlyList<OpenAiModel> Data)
{
    public string Object { get; } = "list";
}
