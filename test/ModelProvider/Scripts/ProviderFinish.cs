namespace Polydev.ModelProvider.Scripts;

/// <summary>Why the model stops, each in the dialect's own word.</summary>
public enum ProviderFinish
{
    /// <summary>Tool calls when the answer has any, else the end of the turn.</summary>
    Natural,
    Length,
    StopSequence,

    /// <summary>Anthropic's refusal, OpenAI's content_filter, Gemini's SAFETY.</summary>
    Refusal,
}
