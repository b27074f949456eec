using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>One whole answer, folded from events that the grammar has passed. Not thread-safe.</summary>
public sealed class Answer
{
    // As they came: a text of one piece, however long, is not copied at all, and one of many is copied once.
    private readonly List<string> _texts = [];
    private readonly List<AnswerThought> _thoughts = [];
    private readonly List<AnswerToolCall> _toolCalls = [];
    private bool _thinks;

    /// <summary>The whole text, joined anew at each call, in memory of its size.</summary>
    public string Text => _texts.Count == 1 ? _texts[0] : string.Concat(CollectionsMarshal.AsSpan(_texts));

    /// <summary>All thoughts as one text.</summary>
    public string Thinking => string.Concat(_thoughts.Select(thought => thought.Text));

    /// <summary>The thoughts apart: each ends with its signature, or where the answer goes on.</summary>
    public IReadOnlyList<AnswerThought> Thoughts => _thoughts;

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
            case WorkEvent.KindOneofCase.Text:
                _thinks = false;
                _texts.Add(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking:
                Think(next.Thinking);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                _thinks = false;
                _toolCalls.Add(new AnswerToolCall(next.ToolCallStarted.Id, next.ToolCallStarted.Name));
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                // Calls never overlap: these are the last one's.
                _toolCalls[^1].Append(next.ToolCallArguments.Json);
                break;
            case WorkEvent.KindOneofCase.ToolCallFinished:
                _toolCalls[^1].Signature = next.ToolCallFinished.Signature;
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

    private void Think(ThinkingDelta delta)
    {
        if (!_thinks)
        {
            _thoughts.Add(new AnswerThought());
        }

        _thoughts[^1].Append(delta);
        _thinks = delta.Signature.Length == 0;
    }
}

/// <summary>One thought of an <see cref="Answer"/>.</summary>
public sealed class AnswerThought
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
public sealed class AnswerToolCall(string id, string name)
{
    private readonly StringBuilder _arguments = new();

    public string Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>One JSON object, as text, checked by the tunnel; "{}" when the model gave none.</summary>
    public string ArgumentsJson => _arguments.Length == 0 ? "{}" : _arguments.ToString();

    /// <summary>The vendor's, over the thought that led to the call; opaque, and empty where it gave none.</summary>
    public ByteString Signature { get; internal set; } = ByteString.Empty;

    internal void Append(string json) => _arguments.Append(json);
}
