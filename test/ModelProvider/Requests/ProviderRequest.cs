using System.Text.Json;

namespace Polydev.ModelProvider.Requests;

/// <summary>One request that reached the provider.</summary>
public sealed class ProviderRequest
{
    private readonly TaskCompletionSource _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>1 for the first request of the server.</summary>
    public required int Number { get; init; }

    public required ProviderRequestKind Kind { get; init; }

    public required ProviderDialect Dialect { get; init; }

    public required string Method { get; init; }

    /// <summary>The sender's end of the connection: tells which process has asked, while the connection stands.</summary>
    public required int ClientPort { get; init; }

    /// <summary>The path with its query.</summary>
    public required string Path { get; init; }

    /// <summary>As received, credentials included: they are a test's own.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body; of kind Undefined when there is none.</summary>
    public required JsonElement Body { get; init; }

    public required string Model { get; init; }

    /// <summary>The CLI wants its answer as a stream.</summary>
    public required bool Stream { get; init; }

    public required Conversation Conversation { get; init; }

    public string LastUserText => Conversation.LastUserText;

    /// <summary>The client went away before its answer was whole.</summary>
    public bool ClientDisconnected => _disconnected.Task.IsCompleted;

    /// <summary>Completes when the client goes away before its answer is whole; never otherwise.</summary>
    public Task Disconnected => _disconnected.Task;

    /// <summary>Completes when the provider is done with the request, whichever way.</summary>
    public Task Ended => _ended.Task;

    internal void MarkDisconnected() => _disconnected.TrySetResult();

    internal void MarkEnded() => _ended.TrySetResult();
}

/// <summary>What a request asks for. Only <see cref="Generate"/> is answered by a script.</summary>
public enum ProviderRequestKind
{
    Generate,
    CountTokens,
    Models,

    /// <summary>A look whether the server is there (<c>HEAD /</c>, <c>HEAD /api/hello</c>).</summary>
    Probe,

    /// <summary>ChatGPT's usage of an account.</summary>
    Usage,

    /// <summary>Something this server does not know: answered 404.</summary>
    Unknown,
}

/// <summary>Whose API a request speaks.</summary>
public enum ProviderDialect
{
    Anthropic,
    OpenAi,
    Gemini,
}
