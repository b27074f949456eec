namespace Polydev.ModelProvider.Scripts;

/// <summary>Answers with the question, so that an answer which reaches the wrong caller is seen.</summary>
public static class DefaultScript
{
    public static ProviderScript For(string lastUserText) => ProviderScript.Say("You said: ", lastUserText, ".");

    /// <summary>The whole text that <see cref="For"/> gives.</summary>
    public static string TextFor(string lastUserText) => $"You said: {lastUserText}.";
}
