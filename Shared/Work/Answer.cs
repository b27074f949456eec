using System.Runtime.InteropServices;
using System.Text;
using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>One whole answer, folded from events that the grammar has passed. Not thread-safe.</summary>
public sealed class Answer
{
    private readonly Pieces _text = new();
    private readonly Pieces _thinking = new();
    private readonly List<AnswerToolCall> _toolCalls = [];

    public string Text => _text.Joined;

    public string Thinking => _thinking.Joined;

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
                _text.Add(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking:
                _thinking.Add(next.Thinking.Text);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                _toolCalls.Add(new AnswerToolCall(next.ToolCallStarted.Id, next.ToolCallStarted.Name));
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                // Calls never overlap: these are the last one's.
                _toolCalls[^1].Append(next.ToolCallArguments.Json);
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

    // Joined once, however often it is asked for, and in memory of its size: an answer may be megabytes long.
    private sealed class Pieces
    {
        private readonly List<string> _pieces = [];

        public string Joined
        {
            get
            {
                if (_pieces.Count > 1)
                {
                    var joined = string.Concat(CollectionsMarshal.AsSpan(_pieces));
                    _pieces.Clear();
                    _pieces.Add(joined);
                }

                return _pieces is [var whole] ? whole : string.Empty;
            }
        }

        public void Add(string piece) => _pieces.Add(piece);
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

    internal void Append(string json) => _arguments.Append(json);
}
