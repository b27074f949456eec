using System.Buffers;
using System.Text.Json.Serialization;
using Polydev.Broker.Dialects.OpenAi;

namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>Numbers and writes the events of one response.</summary>
internal sealed class ResponseEvents(IBufferWriter<byte> output) : IDisposable
{
    private readonly ServerSentEvents _frames = new(output);
    private int _sequence;

    /// <summary>The event of a delta, ready to take its text and its number.</summary>
    /// <param name="empty">With an empty delta.</param>
    public static DeltaFrame Numbered(ResponseEvent empty) => DeltaFrame.Of(
        empty with { SequenceNumber = null },
        OpenAiResponsesJson.Default.ResponseEvent,
        "delta",
        $"event: {empty.Type}\ndata: ",
        string.Empty);

    public void Write(ResponseEvent next) =>
        _frames.Write(next with { SequenceNumber = _sequence++ }, OpenAiResponsesJson.Default.ResponseEvent, next.Type);

    public void Write(DeltaFrame frame, string text)
    {
        _frames.WriteRaw(frame.Before);
        _frames.WriteText(text);

        // The number goes in before the brace that closes the object.
        _frames.WriteRaw(frame.After.AsSpan(..^1));
        _frames.WriteRaw(",\"sequence_number\":"u8);
        _frames.WriteNumber(_sequence++);
        _frames.WriteRaw("}\n\n"u8);
    }

    public void WriteError(OpenAiError error) =>
        _frames.Write(
            new ResponseErrorEvent(_sequence++, error.Code ?? error.Type, error.Message, error.Param),
            OpenAiResponsesJson.Default.ResponseErrorEvent,
            "error");

    public void Dispose() => _frames.Dispose();
}

/// <summary>One event of a streamed response. Each type has its own few of these fields.</summary>
internal sealed record ResponseEvent(string Type)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SequenceNumber { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OpenAiResponsesResponse? Response { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ItemId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OutputIndex { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ContentIndex { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SummaryIndex { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResponseItem? Item { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResponsePart? Part { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Delta { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LongText? Text { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Logprobs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arguments { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Input { get; init; }
}

/// <summary>The event that makes OpenAI's SDKs throw; <c>response.failed</c> alone does not.</summary>
internal sealed record ResponseErrorEvent(int SequenceNumber, string? Code, string Message, string? Param)
{
    public string Type { get; } = "error";
}
