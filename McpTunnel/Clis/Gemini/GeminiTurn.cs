using System.Text.Json;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>One question: the session's updates into events, and its end into usage and a stop reason.</summary>
internal sealed class GeminiTurn(string sessionId, string model)
{
    /// <summary>True for the update that ends the replay of a loaded history.</summary>
    public bool EndsReplay(JsonRpcNotification notification) => Read(notification)?.Kind == "available_commands_update";

    /// <summary>The event that an update makes, if it makes one.</summary>
    /// <exception cref="CliFailureException">LOCK_BROKEN: a tool is at work. Its title is for people, and no name.</exception>
    public WorkEvent? Event(JsonRpcNotification notification) => Read(notification) switch
    {
        { Kind: "agent_message_chunk" } chunk => Text(chunk) is { Length: > 0 } text ? WorkEvents.Text(text) : null,
        { Kind: "agent_thought_chunk" } chunk => Text(chunk) is { Length: > 0 } text ? WorkEvents.Thinking(text) : null,
        { Kind: "tool_call" or "tool_call_update" } => throw CallerTools.Broken("a tool"),
        _ => null,
    };

    /// <summary>
    /// What ends the turn: usage where the CLI told it, then Finished. Google's own finish reason is lost in this protocol: an answer cut
    /// at the token limit says end_turn.
    /// </summary>
    /// <param name="recorded">What the session file holds of it; null when nothing.</param>
    public IEnumerable<WorkEvent> End(GeminiProtocol.PromptEnded end, GeminiProtocol.RecordedTokens? recorded)
    {
        var reason = end.StopReason switch
        {
            "end_turn" => StopReason.EndTurn,
            "refusal" => StopReason.Refusal,
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

        var usage = Usage(quota?.TokenCount, recorded);
        return usage is null ? [WorkEvents.Finished(reason)] : [new WorkEvent { Usage = usage }, WorkEvents.Finished(reason)];
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
        if (notification.Method != GeminiMethods.Update)
        {
            return null;
        }

        var update = notification.Params.Deserialize(GeminiJson.Default.SessionUpdate);
        return update?.SessionId == sessionId ? update.Update : null;
    }

    private static string? Text(GeminiProtocol.Update chunk) =>
        chunk.Content.ValueKind == JsonValueKind.Object && chunk.Content.TryGetProperty("text", out var text) ? text.GetString() : null;
}
