using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>
/// The one place that makes a conversation canonical. Dialects say what the caller wrote, in the caller's order; adapters only render what
/// comes out. Belongs to one request.
/// <code>
/// texts, thoughts, calls, results --Add--> turns --Build--> roles alternate, results after their calls, a question at the end
/// </code>
/// </summary>
/// <param name="source">The field that the conversation is read from, in the caller's words: named where it is too long or empty.</param>
internal sealed class ConversationBuilder(string source)
{
    private readonly List<string> _instructions = [];
    private readonly List<Turn> _turns = [];
    private readonly List<CallerMedia> _media = [];

    public string Source => source;

    /// <summary>The caller's API answers no system texts alone, as Anthropic's and Google's; OpenAI's does.</summary>
    public bool RefusesInstructionsAlone { get; init; }

    /// <summary>The caller's API goes on from the assistant's last message, as Anthropic's and Google's; OpenAI's does not.</summary>
    public bool ContinuesTheAssistant { get; init; }

    // Most conversations have no tool call.
    private ToolCallLedger? _calls;
    private int _parts;

    /// <summary>A text of the system's or the developer's, wherever it stands.</summary>
    public void AddInstructions(string text)
    {
        if (!IsBlank(text))
        {
            CountPart();
            _instructions.Add(text);
        }
    }

    /// <summary>A blank text is none: Anthropic refuses one, and Gemini CLI drops the whole message that holds it.</summary>
    public void AddText(Role role, string text)
    {
        if (!IsBlank(text))
        {
            CountPart();
            TurnOf(role).Message.Parts.Add(new Part { Text = new TextPart { Text = text } });
        }
    }

    /// <summary>A text of a result that <see cref="AddToolResult"/> is to take.</summary>
    public void AddText(ToolResultPart result, string text)
    {
        // A blank one is dropped with the result's others, but was made.
        CountPart();
        result.Content.Add(new Part { Text = new TextPart { Text = text } });
    }

    /// <summary>A picture or a document of the user's, or of a result that <see cref="AddToolResult"/> is to take.</summary>
    public void AddMedia(CallerMedia media)
    {
        CountPart();
        (media.Result?.Content ?? TurnOf(Role.User).Message.Parts).Add(new Part { Media = media.Part });
        _media.Add(media);
    }

    /// <summary>A thought of the assistant's, from an earlier answer.</summary>
    public void AddThinking(ThinkingPart thought)
    {
        if (!IsBlank(thought.Text) || thought.Signature.Length > 0)
        {
            CountPart();
            TurnOf(Role.Assistant).Message.Parts.Add(new Part { Thinking = thought });
        }
    }

    /// <summary>A call of the assistant's. Its id may be empty; its arguments are a JSON object.</summary>
    /// <param name="path">What to name where the call lacks its name or its result.</param>
    /// <param name="written">Its id as the caller wrote it, where that is another.</param>
    /// <exception cref="ApiException">It names no tool.</exception>
    public void AddToolCall(ToolCallPart call, FieldPath path, string? written = null)
    {
        if (IsBlank(call.Name))
        {
            throw new ApiException(ApiError.Invalid(path.ToString(), $"Invalid '{path}': the tool call names no tool."));
        }

        CountPart();
        var turn = TurnOf(Role.Assistant);
        turn.Message.Parts.Add(new Part { ToolCall = call });
        (turn.Calls ??= []).Add((_calls ??= new ToolCallLedger()).Add(call, _turns.Count, written ?? call.Id, path));
    }

    /// <summary>The caller's answer to an earlier call: named by that call's id, or by its tool's name alone.</summary>
    /// <param name="path">What to name where no call waits for it.</param>
    /// <param name="written">Its call's id as the caller wrote it, where that is another.</param>
    /// <exception cref="ApiException">No call of that id or name comes before it, or it has its result already.</exception>
    public void AddToolResult(ToolResultPart result, FieldPath path, string? written = null)
    {
        CountPart();
        DropBlanks(result);
        if ((_calls ??= new ToolCallLedger()).Answer(result, written ?? result.ToolCallId, path))
        {
            // Where the result goes is its call's matter; that the assistant's turn is over, is said here.
            TurnOf(Role.User);
            return;
        }

        // Passed over with its call. What was read for it stands at the end.
        while (_media.Count > 0 && _media[^1].Result == result)
        {
            _media.RemoveAt(_media.Count - 1);
        }
    }

    /// <summary>A call of a kind that we do not know: it and its result are passed over.</summary>
    public void IgnoreToolCall(string id)
    {
        CountPart();
        (_calls ??= new ToolCallLedger()).Ignore(id, _turns.Count);
    }

    /// <summary>The conversation.</summary>
    /// <exception cref="ApiException">There is nothing to ask, or the history ends with a call that waits for its result.</exception>
    public Conversation Build()
    {
        var messages = new List<Message>(_turns.Count + 1);
        var waiting = new List<ToolCallLedger.Entry>();
        foreach (var turn in _turns)
        {
            Append(messages, turn, waiting);
        }

        if (waiting.Count > 0)
        {
            throw Refuse(waiting[0]);
        }

        return End(messages);
    }

    // Roles alternate among the turns, but a turn may come to nothing: then its neighbours are one message.
    private void Append(List<Message> messages, Turn turn, List<ToolCallLedger.Entry> waiting)
    {
        var message = turn.Message;
        if (message.Role == Role.User && waiting.Count > 0)
        {
            if (turn == _turns[^1] && message.Parts.Count == 0 && waiting.Find(call => call.Result is null) is { } left)
            {
                // The last calls were answered in part, and nothing else was said: one result was forgotten.
                throw Refuse(left);
            }

            PutResultsFirst(message, waiting);
            waiting.Clear();
        }

        if (!SaysSomething(message))
        {
            return;
        }

        waiting.AddRange(turn.Calls ?? []);
        if (messages.Count > 0 && messages[^1].Role == message.Role)
        {
            messages[^1].Parts.Add(message.Parts);
        }
        else
        {
            messages.Add(message);
        }
    }

    /// <summary>
    /// All results of one assistant's message, in its calls' order. A call without one was broken off, or its result is of a kind that we
    /// passed over: that must not cost the conversation (docs/wire.md), so the model is told that there is no result.
    /// </summary>
    private static void PutResultsFirst(Message message, List<ToolCallLedger.Entry> calls)
    {
        var others = message.Parts.ToArray();
        message.Parts.Clear();
        foreach (var call in calls)
        {
            message.Parts.Add(call.ResultPart());
        }

        message.Parts.Add(others);
    }

    // Thoughts alone are no message: half of the CLIs cannot be told them, and nothing would be left.
    private static bool SaysSomething(Message message)
    {
        foreach (var part in message.Parts)
        {
            if (part.KindCase != Part.KindOneofCase.Thinking)
            {
                return true;
            }
        }

        return false;
    }

    private Conversation End(List<Message> messages)
    {
        var instructions = _instructions.Count == 1 ? _instructions[0] : string.Join("\n\n", _instructions);
        if (messages.Count == 0)
        {
            // OpenAI answers system texts alone: they are the question then.
            const string nothing = "must contain at least one message that is not empty.";
            return instructions.Length > 0 && !RefusesInstructionsAlone
                ? new Conversation(string.Empty, [Question(instructions)])
                : throw new ApiException(ApiError.Invalid(source, $"'{source}' {nothing}"));
        }

        var prefill = messages[^1].Role == Role.Assistant ? PrefillOf(messages[^1]) : null;
        if (prefill is not null)
        {
            messages.Add(Question(prefill.Question));
        }

        return new Conversation(instructions, messages) { Media = _media, Prefill = prefill };
    }

    private Prefill PrefillOf(Message last) => new(
        source, ContinuesTheAssistant ? string.Concat(last.Parts.Select(part => part.Text?.Text)).TrimStart() : null);

    /// <summary>Before each part is made: a conversation is refused before it takes more memory than it may.</summary>
    /// <exception cref="ApiException">It has more parts than <see cref="RequestBounds.Parts"/>.</exception>
    private void CountPart()
    {
        if (++_parts > RequestBounds.Parts)
        {
            throw new ApiException(ApiError.Invalid(source, $"Invalid '{source}': more than {RequestBounds.Parts} parts in all."));
        }
    }

    private Turn TurnOf(Role role)
    {
        if (_turns.Count == 0 || _turns[^1].Message.Role != role)
        {
            _turns.Add(new Turn(new Message { Role = role }));
        }

        return _turns[^1];
    }

    private static void DropBlanks(ToolResultPart result)
    {
        var kept = result.Content.Where(part => part.KindCase != Part.KindOneofCase.Text || !IsBlank(part.Text.Text)).ToList();
        if (kept.Count < result.Content.Count)
        {
            result.Content.Clear();
            result.Content.Add(kept);
        }
    }

    private static bool IsBlank(string text) => string.IsNullOrWhiteSpace(text);

    private static Message Question(string text) =>
        new() { Role = Role.User, Parts = { new Part { Text = new TextPart { Text = text } } } };

    // Every vendor refuses this too: the caller still has to run its tool.
    private static ApiException Refuse(ToolCallLedger.Entry call) => new(ApiError.Invalid(
        call.Path.ToString(),
        $"Invalid '{call.Path}': the conversation ends with the tool call {call.Description}, which has no result."));

    private sealed class Turn(Message message)
    {
        public Message Message { get; } = message;

        public List<ToolCallLedger.Entry>? Calls { get; set; }
    }
}

/// <summary>A canonical conversation: what <c>WorkItem.instructions</c> and <c>WorkItem.messages</c> promise (work.proto).</summary>
/// <param name="Instructions">System and developer texts in their order, joined by an empty line; empty where there is none.</param>
internal sealed record Conversation(string Instructions, IReadOnlyList<Message> Messages)
{
    public static Conversation Empty { get; } = new(string.Empty, []);

    /// <summary>The pictures and documents that stand in the messages, as the caller sent them.</summary>
    public IReadOnlyList<CallerMedia> Media { get; init; } = [];

    /// <summary>Null where the caller's last word is the user's.</summary>
    public Prefill? Prefill { get; init; }

    /// <summary>Some of them are still to be fetched.</summary>
    public bool AwaitsMedia
    {
        get
        {
            for (var i = 0; i < Media.Count; i++)
            {
                if (Media[i].IsAwaited)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
