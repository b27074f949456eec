namespace Polydev.ModelProvider.Scripts;

/// <summary>Writes one answer as the dialect's stream; every call is on the wire when it returns.</summary>
internal interface IAnswerStream
{
    Task StartAsync();

    /// <summary>Text, thinking, a tool call or a raw item.</summary>
    Task WriteAsync(ProviderStep step);

    Task FailAsync(ProviderStep.MidStreamError error);

    Task FinishAsync(ScriptedAnswer answer);
}
