namespace Polydev.Broker.Dialects;

/// <summary>What a completion's address says, where the dialect puts it there (Google's).</summary>
internal sealed record CompletionPath
{
    public static CompletionPath None { get; } = new();

    /// <summary>The model of the path, else null.</summary>
    public string? Model { get; init; }

    /// <summary>The path asks for a stream; null: the body says.</summary>
    public bool? Stream { get; init; }

    /// <summary>Google's <c>alt=sse</c>; without it its stream is a JSON array.</summary>
    public bool ServerSentEvents { get; init; }
}
