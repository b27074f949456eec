namespace Polydev.Broker.Dialects;

/// <summary>An answer that its caller may come back to: what the dialect will need of the call then.</summary>
/// <param name="id">The answer's.</param>
/// <param name="previous">That of the answer which it goes on from; null: none.</param>
/// <param name="input">What was asked, in the dialect's own form.</param>
internal sealed class AnswerToStore(string id, string? previous, ReadOnlyMemory<byte> input)
{
    public string Id => id;

    public string? Previous => previous;

    public ReadOnlyMemory<byte> Input => input;

    /// <summary>Takes the record, one line of JSON, once the answer is whole. Null: nobody does.</summary>
    public Action<ReadOnlyMemory<byte>>? Taker { get; set; }
}
