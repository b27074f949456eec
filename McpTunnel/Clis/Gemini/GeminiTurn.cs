using System.Text.Json;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>One question: the session's updates into events, and its end into calls, usage and a stop reason.</summary>
internal sealed class GeminiTurn(string sessionId, string model, GeminiTools tools)
{
    private const string NoSubject = "****\n";

    private int _calls;

    /// <summary>True for the update that replays a message of a loaded history: one for each.</summary>
    public bool IsReplay(JsonRpcNotification notification) =>
        Read(notification) is { Kind: "user_message_chunk" or "agent_message_chunk" };

    /// <summary>The event that an update makes, if it makes one.</summary>
    /// <exception cref="CliFailureException">LOCK_BROKEN: a tool is at work that is not the caller's.</exception>
    public WorkEvent? Event(JsonRpcNotification notification) => Read(notification) switch
    {
        { Kind: "agent_message_chunk" } chunk => Text(chunk) is { Length: > 0 } text ? WorkEvents.Text(text) : null,
        { Kind: "agent_thought_chunk" } chunk => Thought(Text(chunk)) is { Length: > 0 } text ? WorkEvents.Thinking(text) : null,
        { Kind: "tool_call" or "tool_call_update" } call => Judge(call),
        _ => null,
    };

    /// <summary>
    /// What ends the turn: the model's calls, usage where the CLI told it, then Finished. Google's own finish reason is lost in this
    /// protocol: an answer cut at the token limit says end_turn.
    /// </summary>
    /// <param name="recorded">What the session file holds of it; null when nothing.</param>
    /// <exception cref="CliFailureException">
    /// LOCK_BROKEN: the model called what is no tool of the caller's. The CLI answers such a call itself, and tells nobody its name.
    /// </exception>
    public IEnumerable<WorkEvent> End(GeminiProtocol.PromptEnded end, GeminiProtocol.RecordedAnswer? recorded)
    {
        var reason = end.StopReason switch
        {
            "end_turn" => StopReason.EndTurn,
            "refusal" => StopReason.Refusal,
            "max_turn_requests" when _calls > 0 => StopReason.ToolUse,
            "max_turn_requests" => throw CallerTools.Broken("a tool that was not offered"),
            "max_tokens" => throw new CliFailureException(
                FailureKind.ContextTooLong, "The conversation is longer than the model's context."),
            _ => throw new CliFailureException(FailureKind.CliCrashed, $"Gemini CLI ended the answer by itself: {end.StopReason}."),
        };
        var quota = end.Meta?.Quota;
        if (quota?.ModelUsage?.FirstOrDefault(usage => usage.Model != model) is { } other)
        {
            throw new CliFailureException(FailureKind.Upstream, $"Gemini CLI let another model answer: {other.Model} instead of {model}.");
        }

        var events = new List<WorkEvent>();
        if (reason == StopReason.ToolUse)
        {
            events.AddRange(Calls(recorded?.ToolCalls ?? []));
        }

        if (Usage(quota?.TokenCount, recorded?.Tokens) is { } usage)
        {
            events.Add(new WorkEvent { Usage = usage });
        }

        events.Add(WorkEvents.Finished(reason));
        return events;
    }

    private List<WorkEvent> Calls(IReadOnlyList<GeminiProtocol.RecordedCall> recorded)
    {
        // Two of one id stand there as one, and a call that is lost would make another answer.
        if (recorded.Count != _calls)
        {
            throw NotTold();
        }

        var events = recorded.Take(tools.IsSingle ? 1 : _calls).SelectMany(tools.Events).ToList();
        var ids = events.Select(next => next.ToolCallStarted?.Id).OfType<string>().ToList();
        return ids.TrueForAll(id => id.Length > 0) && ids.Distinct(StringComparer.Ordinal).Count() == ids.Count ? events : throw NotTold();
    }

    private static CliFailureException NotTold() =>
        new(FailureKind.Upstream, "Gemini CLI did not tell all tool calls of the model in a form that can be handed on. Try again.");

    // The title is for people, and no name. A call with arguments that its schema refuses fails in the CLI, and is told all the same.
    private WorkEvent? Judge(GeminiProtocol.Update call)
    {
        if (!tools.OwnsCall(call.ToolCallId))
        {
            throw CallerTools.Broken("a tool");
        }

        _calls += call.Status is "completed" or "failed" ? 1 : 0;
        return null;
    }

    private static Usage? Usage(GeminiProtocol.TokenCount? count, GeminiProtocol.RecordedTokens? recorded) => (count, recorded) switch
    {
        (null or { Input: 0, Output: 0 }, null) => null,
        (_, null) => new Usage { InputTokens = count.Input, OutputTokens = count.Output },
        _ => new Usage
        {
            InputTokens = recorded.Input,
            OutputTokens = recorded.Output + recorded.Thoughts,
            CacheReadTokens = recorded.Cached,
            ThinkingTokens = recorded.Thoughts,
        },
    };

    private GeminiProtocol.Update? Read(JsonRpcNotification notification)
    {
        if (notification is not { Method: GeminiMethods.Update, Params.ValueKind: JsonValueKind.Object })
        {
            return null;
        }

        var update = notification.Params.Deserialize(GeminiJson.Default.SessionUpdate);
        return update?.SessionId == sessionId ? update.Update : null;
    }

    // The CLI writes a thought as a subject in bold and what it says of it; where the model gave no subject, an empty one (0.61.0).
    private static string? Thought(string? text) =>
        text?.StartsWith(NoSubject, StringComparison.Ordinal) is true ? text[NoSubject.Length..] : text;

    private static string? Text(GeminiProtocol.Update chunk) =>
        chunk.Content.ValueKind == JsonValueKind.Object && chunk.Content.TryGetProperty("text", out var text)
        && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;
}
