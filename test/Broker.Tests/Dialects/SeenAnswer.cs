namespace Polydev.Broker.Tests.Dialects;

/// <summary>What a client gets out of an answer, whole or streamed.</summary>
internal sealed record SeenAnswer
{
    public string? Id { get; init; }

    public string? Model { get; init; }

    /// <summary>The text as it came: one piece for each delta; a single one of a whole answer.</summary>
    public IReadOnlyList<string> Pieces { get; init; } = [];

    public string Text => string.Concat(Pieces);

    /// <summary>In the dialect's own word.</summary>
    public string? StopReason { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    /// <summary>The message of a mid-stream error in the family's shape; null when the stream ended well.</summary>
    public string? Failure { get; init; }
}
