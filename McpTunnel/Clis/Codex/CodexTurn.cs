using System.Text.Json;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>
/// One question: app-server's notifications -> events. Everything that is not text, thought or a call of the caller's tools, of one
/// upstream response, ends the turn: Codex answers a call of an unknown tool itself and asks the model again, without end and without a
/// notification of its own, so the raw items of the answer are watched too.
/// </summary>
/// <param name="quota">Is told the vendor's windows; null where the login has none.</param>
internal sealed class CodexTurn(CodexTools tools, TimeProvider time, CliQuota? quota = null)
{
    private readonly CodexCalls _calls = new(tools);
    private readonly HashSet<string> _streamed = new(StringComparer.Ordinal);
    private bool _hasStarted;
    private int _responses;
    private int _retryAfterSeconds;
    private bool _refused;
    private bool _hasOutput;

    /// <summary>True once the final event has been given.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Codex waits for the results of calls.</summary>
    public bool HasCalls => _calls.Any;

    /// <exception cref="CliFailureException">LOCK_BROKEN: an MCP server is started, whoever configured it; we do not.</exception>
    public static void ThrowIfServerStarts(JsonRpcNotification next)
    {
        if (next.Method == "mcpServer/startupStatus/updated")
        {
            throw CallerTools.Broken($"the MCP server {Text(next.Params, "name"u8)}");
        }
    }

    /// <exception cref="CliFailureException">The turn failed, or must be ended.</exception>
    public WorkEvent[] Read(JsonRpcNotification next)
    {
        ThrowIfServerStarts(next);
        var told = next.Params;
        switch (next.Method)
        {
            case "item/agentMessage/delta":
                CheckStarted();
                _streamed.Add(Text(told, "itemId"u8));
                return Said(Text(told, "delta"u8));
            case "item/reasoning/summaryTextDelta":
                return Thought(Text(told, "delta"u8));
            case "item/reasoning/summaryPartAdded":
                return Number(told, "summaryIndex"u8) > 0 ? Thought("\n\n") : [];
            case "item/started":
                Check(Member(told, "item"u8));
                return [];
            case "item/completed":
                return Completed(Member(told, "item"u8));
            case "turn/started":
                _hasStarted = true;
                return [];

            // Before the turn these tell of the history that was injected, and may come late, after the answer to the injection.
            case "rawResponseItem/completed" when _hasStarted:
                return CheckRaw(Member(told, "item"u8));
            case "rawResponse/completed":
                CheckStarted();
                return Counted(told);
            case "thread/tokenUsage/updated":
                return Used(Member(Member(told, "tokenUsage"u8), "total"u8));
            case "account/rateLimits/updated":
                ReadLimits(Member(told, "rateLimits"u8));
                HearWindows(next);
                return [];
            case "error":
                Failing(told);
                return [];
            case "turn/completed":
                return End(Member(told, "turn"u8));
            default:
                return [];
        }
    }

    /// <summary>Also behind the end: only then Codex tells them where calls wait.</summary>
    /// <returns>True where they were told.</returns>
    public bool HearWindows(JsonRpcNotification next)
    {
        if (next.Method != "account/rateLimits/updated")
        {
            return false;
        }

        quota?.Tell(CodexQuota.Of(Member(next.Params, "rateLimits"u8)));
        return true;
    }

    // Without this notification the raw items are taken for history, and a call among them would pass unseen.
    private void CheckStarted()
    {
        if (!_hasStarted)
        {
            throw new CliFailureException(FailureKind.CliCrashed, "Codex CLI answered without saying that its turn had started.");
        }
    }

    private WorkEvent[] Said(string text) => text.Length > 0 ? Output(WorkEvents.Text(text)) : [];

    private WorkEvent[] Thought(string text) => text.Length > 0 ? Output(WorkEvents.Thinking(text)) : [];

    private WorkEvent[] Output(params WorkEvent[] events)
    {
        _hasOutput = true;
        return events;
    }

    private WorkEvent[] Completed(JsonElement item)
    {
        Check(item);

        // A provider that sends a message in one piece, without deltas.
        return Text(item, "type"u8) == "agentMessage" && _streamed.Add(Text(item, "id"u8)) ? Said(Text(item, "text"u8)) : [];
    }

    private void Check(JsonElement item)
    {
        switch (Text(item, "type"u8))
        {
            case "userMessage" or "agentMessage" or "reasoning":
                break;
            case "contextCompaction":
                throw new CliFailureException(
                    FailureKind.ContextTooLong, "The conversation is too long: Codex would have replaced it by a summary.");
            case var other:
                var isOurs = other == "dynamicToolCall" && Text(item, "namespace"u8).Length == 0;
                tools.Names.ThrowUnlessOwned(isOurs ? Text(item, "tool"u8) : null, other);
                break;
        }
    }

    private WorkEvent[] CheckRaw(JsonElement item)
    {
        switch (Text(item, "type"u8))
        {
            case "message":
                return Refusal(item);
            case "reasoning":
                return [];
            case "function_call":
                return Output(_calls.Read(item));
            case "function_call_output" when _calls.Refused(item):
                return [];
            case var other:
                throw CallerTools.Broken($"{other} {Text(item, "name"u8)}".TrimEnd());
        }
    }

    // Codex itself says nothing of a refusal: its turn is completed, and empty.
    private WorkEvent[] Refusal(JsonElement message)
    {
        var content = Member(message, "content"u8);
        var refusals = content.ValueKind == JsonValueKind.Array
            ? content.EnumerateArray().Where(part => Text(part, "type"u8) == "refusal").Select(part => Text(part, "refusal"u8)).ToList()
            : [];
        _refused = _refused || refusals.Count > 0;
        return Said(string.Concat(refusals));
    }

    // There is one upstream response in a turn: a second one follows a call that we did not see, or did not answer.
    private WorkEvent[] Counted(JsonElement told)
    {
        if (++_responses > 1)
        {
            throw CallerTools.Broken("a second request to the model");
        }

        if (!HasCalls)
        {
            return [];
        }

        // All calls are told before this, and Codex tells what they cost nowhere else while they wait (0.169.0).
        IsOver = true;
        return [.. Used(Member(told, "usage"u8)), WorkEvents.Finished(StopReason.ToolUse)];
    }

    private static WorkEvent[] Used(JsonElement figures) => figures.ValueKind != JsonValueKind.Object ? [] :
    [
        new WorkEvent
        {
            Usage = new Usage
            {
                InputTokens = Number(figures, "inputTokens"u8),
                OutputTokens = Number(figures, "outputTokens"u8),
                CacheReadTokens = Number(figures, "cachedInputTokens"u8),
                CacheWriteTokens = Number(figures, "cacheWriteInputTokens"u8),
                ThinkingTokens = Number(figures, "reasoningOutputTokens"u8),
            },
        },
    ];

    private void ReadLimits(JsonElement limits)
    {
        foreach (var window in new[] { Member(limits, "primary"u8), Member(limits, "secondary"u8) })
        {
            if (Member(window, "usedPercent"u8) is { ValueKind: JsonValueKind.Number } used && used.GetDouble() >= 100
                && Member(window, "resetsAt"u8) is { ValueKind: JsonValueKind.Number } reset && reset.TryGetInt64(out var at))
            {
                _retryAfterSeconds = (int)Math.Clamp(at - time.GetUtcNow().ToUnixTimeSeconds(), _retryAfterSeconds, int.MaxValue);
            }
        }
    }

    // A retry would send again, from its start, what the caller has already been told.
    private void Failing(JsonElement told)
    {
        if (_hasOutput && Member(told, "willRetry"u8).ValueKind == JsonValueKind.True)
        {
            throw CodexErrors.Turn(Member(told, "error"u8), _retryAfterSeconds);
        }
    }

    private WorkEvent[] End(JsonElement turn)
    {
        var error = Member(turn, "error"u8);
        var reason = (Text(turn, "status"u8), Text(error, "message"u8)) switch
        {
            ("completed", _) => _refused ? StopReason.Refusal : StopReason.EndTurn,
            ("failed", var message) when message.EndsWith("reason: max_output_tokens", StringComparison.Ordinal) => StopReason.MaxTokens,
            ("failed", var message) when message.EndsWith("reason: content_filter", StringComparison.Ordinal) => StopReason.Refusal,
            ("failed", _) when error.ValueKind == JsonValueKind.Object => throw CodexErrors.Turn(error, _retryAfterSeconds),
            var (status, _) => throw new CliFailureException(FailureKind.Upstream, $"Codex CLI ended the turn as {status}."),
        };
        CheckStarted();
        IsOver = true;
        return [WorkEvents.Finished(reason)];
    }

    private static JsonElement Member(JsonElement element, ReadOnlySpan<byte> name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    /// <summary>Empty where there is none.</summary>
    public static string Text(JsonElement element, ReadOnlySpan<byte> name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : string.Empty;

    private static ulong Number(JsonElement element, ReadOnlySpan<byte> name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetUInt64(out var value) ? value : 0;
}
