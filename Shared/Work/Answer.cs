using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>One whole answer, folded from events that the grammar has passed. Not thread-safe.</summary>
public sealed class Answer
{
    private readonly List<AnswerPiece> _pieces = [];
    private readonly List<AnswerToolCall> _toolCalls = [];

    /// <summary>The whole text, joined anew at each call, in memory of its size.</summary>
    public string Text
    {
        get
        {
            var texts = Texts;
            return texts.Count == 1 ? texts[0] : string.Concat(texts);
        }
    }

    /// <summary>The whole text in the pieces in which it came.</summary>
    public IReadOnlyList<string> Texts => [.. _pieces.OfType<AnswerText>().SelectMany(text => text.Pieces)];

    /// <summary>All thoughts as one text.</summary>
    public string Thinking => string.Concat(_pieces.OfType<AnswerThought>().Select(thought => thought.Text));

    public IReadOnlyList<AnswerToolCall> ToolCalls => _toolCalls;

    /// <summary>The last usage the CLI told; all zero when it told none.</summary>
    public Usage Usage { get; private set; } = new();

    /// <summary>Set by the final event; exactly one of the two.</summary>
    public Finished? Finished { get; private set; }

    public Failed? Failed { get; private set; }

    public void Add(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Text when next.Text.Text.Length > 0:
                AppendText(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking when next.Thinking.Text.Length > 0 || next.Thinking.Signature.Length > 0:
                AppendThought(next.Thinking);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                var call = new AnswerToolCall(next.ToolCallStarted.Id, next.ToolCallStarted.Name);
                _toolCalls.Add(call);
                _pieces.Add(call);
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                // Calls never overlap: these are the last one's.
                _toolCalls[^1].Append(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                _toolCalls[^1].Finish(next.ToolCallFinished.Signature);
                break;
            case WorkEvent.KindOneofCase.Usage:
                Usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                Finished = next.Finished;
                break;
            case WorkEvent.KindOneofCase.Failed:
                Failed = next.Failed;
                break;
        }
    }

    /// <summary>The answer in its order. Texts that nothing shown stands between are one; thoughts stay apart.</summary>
    public IReadOnlyList<AnswerPiece> Pieces(Func<AnswerThought, bool> shows)
    {
        var pieces = new List<AnswerPiece>();
        AnswerText? run = null;
        foreach (var piece in _pieces)
        {
            if (piece is AnswerText text)
            {
                if (run is null)
                {
                    pieces.Add(run = new AnswerText());
                }

                run.Append(text);
            }
            else if (piece is not AnswerThought thought || shows(thought))
            {
                pieces.Add(piece);
                run = null;
            }
        }

        return pieces;
    }

    private void AppendText(string text)
    {
        if (_pieces is not [.., AnswerText last])
        {
            _pieces.Add(last = new AnswerText());
        }

        last.Append(text);
    }

    // It ends with its signature, or where the answer goes on.
    private void AppendThought(ThinkingDelta delta)
    {
        if (_pieces is not [.., AnswerThought { Signature.Length: 0 } last])
        {
            _pieces.Add(last = new AnswerThought());
        }

        last.Append(delta);
    }
}

/// <summary>A text, a thought or a tool call of an <see cref="Answer"/>.</summary>
public abstract class AnswerPiece;

/// <summary>A text of an <see cref="Answer"/>, up to what stands between it and the next.</summary>
public sealed class AnswerText : AnswerPiece
{
    // As they came: a text of one piece, however long, is not copied at all, and one of many is copied once.
    private readonly List<string> _texts = [];

    public string Text => _texts.Count == 1 ? _texts[0] : string.Concat(CollectionsMarshal.AsSpan(_texts));

    public IReadOnlyList<string> Pieces => _texts;

    internal void Append(string text) => _texts.Add(text);

    internal void Append(AnswerText text) => _texts.AddRange(text._texts);
}

/// <summary>One thought of an <see cref="Answer"/>.</summary>
public sealed class AnswerThought : AnswerPiece
{
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    /// <summary>The vendor's, opaque; empty where it gave none.</summary>
    public string Signature { get; private set; } = string.Empty;

    internal void Append(ThinkingDelta delta)
    {
        _text.Append(delta.Text);
        Signature = delta.Signature;
    }
}

/// <summary>A tool call of an <see cref="Answer"/>, its arguments joined from their deltas.</summary>
public sealed class AnswerToolCall(string id, string name) : AnswerPiece
{
    private readonly StringBuilder _arguments = new();

    public string Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>False where the answer ended inside the call, by its limit or a refusal.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>
    /// One JSON object, as text, checked by the tunnel; "{}" when the model gave none. What there is of it where the call was cut.
    /// </summary>
    public string ArgumentsJson => _arguments.Length == 0 && IsWhole ? "{}" : _arguments.ToString();

    /// <summary>The vendor's, over the thought that led to the call; opaque, and empty where it gave none.</summary>
    public ByteString Signature { get; private set; } = ByteString.Empty;

    internal void Append(string json) => _arguments.Append(json);

    internal void Finish(ByteString signature) => (IsWhole, Signature) = (true, signature);
}
