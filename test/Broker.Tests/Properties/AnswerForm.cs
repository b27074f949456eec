using System.Buffers;
using System.Text;
using Polydev.Broker.Dialects;
using Polydev.Broker.Tests.Dialects;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Properties;

/// <summary>One way to ask for an answer, and what is told there of an answer's events.</summary>
/// <param name="Fields">Of the request's body.</param>
internal sealed record AnswerForm(string Dialect, string Fields)
{
    private const string Summary = "\"reasoning\":{\"summary\":\"auto\"}";
    private const string Thoughts = "\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":true}}";

    public static IEnumerable<AnswerForm> All =>
    [
        new("chat", "\"stream_options\":{\"include_usage\":true}"),
        new("chat", "\"stream_options\":{\"include_usage\":true},\"reasoning_effort\":\"low\"") { Shows = true },
        new("responses", "\"x\":1"),
        new("responses", Summary) { Shows = true },
        new("responses", Summary + ",\"include\":[\"reasoning.encrypted_content\"]") { Shows = true, Signs = true },
        new("anthropic", "\"x\":1"),
        new("anthropic", "\"thinking\":{\"type\":\"adaptive\"}") { Shows = true, Signs = true },
        new("gemini", "\"x\":1"),
        new("gemini", Thoughts) { Shows = true, Signs = true },
        new("gemini", Thoughts) { Shows = true, Signs = true, IsArray = true },
    ];

    /// <summary>Thoughts are told.</summary>
    public bool Shows { get; init; }

    /// <summary>With their vendor's signatures.</summary>
    public bool Signs { get; init; }

    /// <summary>Google's stream without <c>alt=sse</c>.</summary>
    public bool IsArray { get; init; }

    public CompletionCall Read()
    {
        var call = DialectRequest.Read(Dialect, Fields);
        Assert.That(call.ShowsThoughts, Is.EqualTo(Shows));
        return call with { ServerSentEvents = !IsArray };
    }

    public string Whole(CompletionCall call, IEnumerable<WorkEvent> events)
    {
        var answer = new Answer();
        foreach (var next in events)
        {
            answer.Add(next);
        }

        var output = new ArrayBufferWriter<byte>();
        DialectRequest.Of(Dialect).WriteAnswer(output, call, answer);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <param name="keepAlives">Chooses where the stream says that it lives; null: nowhere.</param>
    public byte[] Streamed(CompletionCall call, IEnumerable<WorkEvent> events, Random? keepAlives = null)
    {
        var output = new ArrayBufferWriter<byte>();
        using var stream = DialectRequest.Of(Dialect).OpenStream(output, call);
        foreach (var next in events)
        {
            if (keepAlives?.Next(4) == 0)
            {
                stream.WriteKeepAlive();
            }

            stream.Write(next);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>What a client is to hear of these events, by docs/wire.md and work.proto.</summary>
    public HeardAnswer Expected(IReadOnlyList<WorkEvent> events, bool isStreamed)
    {
        var pieces = new List<HeardPiece>();
        var usage = new Usage();
        foreach (var next in events)
        {
            usage = next.Usage ?? usage;
            Add(pieces, next);
        }

        var told = pieces.Select(piece => Told(piece, isStreamed)).OfType<HeardPiece>();

        // Chat keeps no order between texts, thoughts and calls.
        var ordered = Dialect == "chat" ? told.OrderBy(piece => piece.Kind) : told;
        return new HeardAnswer(HeardPiece.Join(ordered), ReasonOf(events[^1].Finished), UsageOf(usage));
    }

    public override string ToString() =>
        $"{Dialect}{(Shows ? " with thoughts" : "")}{(Signs ? " signed" : "")}{(IsArray ? " in an array" : "")}";

    // Thoughts end with their signature.
    private static void Add(List<HeardPiece> pieces, WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text:
                pieces.Add(HeardPiece.OfText(next.Text.Text));
                break;
            case WorkEvent.KindOneofCase.Thinking when pieces is [.., { Kind: PieceKind.Thought, Signature: "" } open]:
                pieces[^1] = open with { Text = open.Text + next.Thinking.Text, Signature = next.Thinking.Signature };
                break;
            case WorkEvent.KindOneofCase.Thinking:
                pieces.Add(HeardPiece.OfThought(next.Thinking.Text, next.Thinking.Signature));
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                pieces.Add(HeardPiece.OfCall(next.ToolCallStarted.Id, next.ToolCallStarted.Name, string.Empty) with { IsCut = true });
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                pieces[^1] = pieces[^1] with { Text = pieces[^1].Text + next.ToolCallArguments.Json };
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                var signature = next.ToolCallFinished.Signature.ToBase64();
                pieces[^1] = pieces[^1] with { IsCut = false, Signature = signature };
                break;
        }
    }

    private HeardPiece? Told(HeardPiece piece, bool isStreamed) => piece.Kind switch
    {
        PieceKind.Text => piece,
        PieceKind.Thought when !Shows || (Dialect is "chat" or "responses" && piece.Text.Length == 0) => null,
        PieceKind.Thought => Signs ? piece : piece with { Signature = string.Empty },

        // Google tells a call whole or not at all.
        _ when piece.IsCut && Dialect == "gemini" => null,
        _ => HeardPiece.OfCall(IdOf(piece.Id), piece.Name, ArgumentsOf(piece, isStreamed)) with
        {
            Signature = Dialect == "gemini" ? piece.Signature : string.Empty,
        },
    };

    // In the form of the caller's vendor.
    private string IdOf(string id) => Dialect switch
    {
        "chat" or "responses" => id.StartsWith("call_", StringComparison.Ordinal) ? id : $"call_{id}",
        "anthropic" => id.StartsWith("toolu_", StringComparison.Ordinal) ? id : $"toolu_{id}",
        _ => id,
    };

    // A call that was cut has what there is; where that must be JSON, nothing.
    private string ArgumentsOf(HeardPiece call, bool isStreamed) => call switch
    {
        { IsCut: true } when Dialect == "anthropic" && !isStreamed => "{}",
        { Text.Length: 0 } when Dialect == "anthropic" || !call.IsCut => "{}",
        _ => SomeTexts.Compact(call.Text),
    };

    private string ReasonOf(Finished finished) => (Dialect, finished.StopReason) switch
    {
        ("chat", StopReason.MaxTokens) => "length",
        ("chat", StopReason.Refusal) => "content_filter",
        ("chat", StopReason.ToolUse) => "tool_calls",
        ("chat", _) => "stop",
        ("responses", StopReason.MaxTokens) => "max_output_tokens",
        ("responses", StopReason.Refusal) => "content_filter",
        ("responses", _) => "completed",
        ("anthropic", StopReason.MaxTokens) => "max_tokens",
        ("anthropic", StopReason.Refusal) => "refusal",
        ("anthropic", StopReason.ToolUse) => "tool_use",
        ("anthropic", StopReason.StopSequence) => "stop_sequence END",
        ("anthropic", _) => "end_turn",
        (_, StopReason.MaxTokens) => "MAX_TOKENS",
        (_, StopReason.Refusal) => "SAFETY",
        _ => "STOP",
    };

    private HeardUsage UsageOf(Usage usage) => Dialect switch
    {
        "anthropic" => new(
            usage.InputTokens - usage.CacheReadTokens - usage.CacheWriteTokens, usage.OutputTokens, usage.CacheReadTokens,
            usage.CacheWriteTokens, 0),
        "gemini" => new(usage.InputTokens, usage.OutputTokens - usage.ThinkingTokens, usage.CacheReadTokens, 0, usage.ThinkingTokens),
        _ => new(usage.InputTokens, usage.OutputTokens, usage.CacheReadTokens, 0, usage.ThinkingTokens),
    };
}
