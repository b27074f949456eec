using System.Text;
using Polydev.Protos.V1;

namespace Polydev.Shared.Work;

/// <summary>One whole answer, folded from its events. Not thread-safe.</summary>
public sealed class Answer
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _thinking = new();
    private readonly List<AnswerToolCall> _toolCalls = [];

    public string Text => _text.ToString();

    public string Thinking => _thinking.ToString();

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
                _text.Append(next.Text.Text);
                break;
            case WorkEvent.KindOneofCase.Thinking:
                _thinking.Append(next.Thinking.Text);
                break;
            case WorkEvent.KindOneofCase.ToolCallStarted:
                _toolCalls.Add(new AnswerToolCall(next.ToolCallStarted.Id, next.ToolCallStarted.Name));
                break;
            case WorkEvent.KindOneofCase.ToolCallArguments:
                _toolCalls.Find(call => call.Id == next.ToolCallArguments.Id)?.Append(next.ToolCallArguments.Json);
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
}
