namespace Polydev.ModelProvider.Scripts;

/// <summary>One thing the provider does while it answers. Each output step is on the wire before the next one starts.</summary>
public abstract record ProviderStep
{
    private ProviderStep()
    {
    }

    /// <summary>One delta of its own.</summary>
    public sealed record Text(string Piece) : ProviderStep;

    /// <summary>One delta of the model's reasoning, as the vendor shows it to its callers.</summary>
    public sealed record Thinking(string Piece) : ProviderStep;

    public sealed record ToolCall(string Id, string Name, string ArgumentsJson) : ProviderStep;

    /// <summary>The vendor's own JSON: an Anthropic content block, an OpenAI output item, a Gemini part.</summary>
    public sealed record Raw(string Json) : ProviderStep;

    public sealed record Wait(ProviderGate Gate) : ProviderStep;

    /// <summary>
    /// An HTTP error instead of an answer: only as the first output. Without a body, the vendor's usual one for the status.
    /// </summary>
    public sealed record Error(int Status, string Message, string? BodyJson, IReadOnlyDictionary<string, string> Headers) : ProviderStep;

    /// <summary>The dialect's error inside a running stream.</summary>
    public sealed record MidStreamError(string Type, string Message) : ProviderStep;

    /// <summary>Breaks the connection off; what was written before still arrives.</summary>
    public sealed record Cut : ProviderStep;

    /// <summary>Says nothing more until the client goes away.</summary>
    public sealed record Hang : ProviderStep;
}

/// <summary>Holds an answer until the test opens it.</summary>
public sealed class ProviderGate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when an answer first stands before the gate: all steps before it are on the wire.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _open.TrySetResult();

    internal Task WaitAsync(CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        return _open.Task.WaitAsync(cancellationToken);
    }
}
