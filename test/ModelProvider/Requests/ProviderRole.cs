namespace Polydev.ModelProvider.Requests;

public enum ProviderRole
{
    /// <summary>A system or developer message inside the conversation.</summary>
    System,
    User,
    Assistant,
}
