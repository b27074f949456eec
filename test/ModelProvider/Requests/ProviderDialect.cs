namespace Polydev.ModelProvider.Requests;

/// <summary>Whose API a request speaks.</summary>
public enum ProviderDialect
{
    Anthropic,
    OpenAi,
    Gemini,
}
