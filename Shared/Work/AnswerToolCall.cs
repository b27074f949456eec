using System.Text;

namespace Polydev.Shared.Work;

/// <summary>A tool call of an <see cref="Answer"/>, its arguments joined from their deltas.</summary>
public sealed class AnswerToolCall(string id, string name)
{
    private readonly StringBuilder _arguments = new();

    public string Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>One JSON object, as text; "{}" when the model gave none.</summary>
    public string ArgumentsJson => _arguments.Length == 0 ? "{}" : _arguments.ToString();

    internal void Append(string json) => _arguments.Append(json);
}
