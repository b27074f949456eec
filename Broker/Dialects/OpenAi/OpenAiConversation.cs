using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>Gathers the canonical conversation out of OpenAI's messages or items.</summary>
internal sealed class OpenAiConversation
{
    private readonly List<string> _instructions = [];
    private readonly List<Message> _messages = [];
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);

    /// <summary>The work: system and developer texts in their order, joined by an empty line, and the turns.</summary>
    /// <exception cref="Errors.ApiException">There is no turn at all: names the field that the conversation was read from.</exception>
    public WorkItem ToWorkItem(RequestNode source, Sampling? sampling)
    {
        if (_messages.Count == 0)
        {
            throw source.Unsupported($"'{source.Path}' must contain at least one message of the user.");
        }

        var item = new WorkItem { Instructions = string.Join("\n\n", _instructions), Sampling = sampling };
        item.Messages.Add(_messages);
        return item;
    }

    public void AddInstructions(RequestNode? content)
    {
        var text = string.Join('\n', OpenAiContent.Texts(content));
        if (text.Length > 0)
        {
            _instructions.Add(text);
        }
    }

    /// <summary>A user's question, which OpenAI wants present, though it may be empty.</summary>
    public void AddUser(RequestNode content)
    {
        var message = new Message { Role = Role.User };
        message.Parts.Add(OpenAiContent.Parts(content));
        if (message.Parts.Count == 0)
        {
            message.Parts.Add(new Part { Text = new TextPart() });
        }

        _messages.Add(message);
    }

    /// <summary>The assistant's text. One that said nothing is no turn (the vendors refuse an empty assistant text): then false.</summary>
    public bool AddAssistant(RequestNode? content)
    {
        var message = new Message { Role = Role.Assistant };
        message.Parts.Add(OpenAiContent.Parts(content));
        if (message.Parts.Count == 0)
        {
            return false;
        }

        _messages.Add(message);
        return true;
    }

    /// <summary>A call that the assistant made.</summary>
    /// <param name="sameTurn">It belongs to the assistant's message before it.</param>
    public void AddToolCall(RequestNode id, RequestNode function, bool sameTurn)
    {
        var name = function.Required("name").AsString();
        var call = new ToolCallPart { Id = id.AsString(), Name = name, ArgumentsJson = OpenAiToolArguments.Read(function.Optional("arguments")) };
        _toolNames[call.Id] = name;
        Append(Role.Assistant, new Part { ToolCall = call }, sameTurn);
    }

    /// <summary>The caller's answer to a call. Answers that follow one another stand in one user message.</summary>
    public void AddToolResult(RequestNode callId, RequestNode? content)
    {
        var id = callId.AsString();
        if (!_toolNames.TryGetValue(id, out var name))
        {
            throw callId.Unsupported($"Invalid '{callId.Path}': no earlier tool call has the id '{id}'.");
        }

        var result = new ToolResultPart { ToolCallId = id, Name = name };
        result.Content.Add(OpenAiContent.Parts(content));
        var afterResult = _messages[^1].Parts[^1].KindCase == Part.KindOneofCase.ToolResult;
        Append(Role.User, new Part { ToolResult = result }, afterResult);
    }

    private void Append(Role role, Part part, bool sameTurn)
    {
        if (!sameTurn || _messages.Count == 0 || _messages[^1].Role != role)
        {
            _messages.Add(new Message { Role = role });
        }

        _messages[^1].Parts.Add(part);
    }
}
