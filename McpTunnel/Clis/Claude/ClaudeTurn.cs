using System.Text;
using System.Text.Json;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>
/// One question's answer: takes the CLI's lines in their order, gives events. It is over at the vendor's stop reason, not at the
/// CLI's own <c>result</c>: after max_tokens the CLI would ask for more by itself, after a refusal it would ask again.
/// </summary>
internal sealed class ClaudeTurn(ClaudeGuard guard)
{
    private static readonly JsonReaderState Json = new(new JsonReaderOptions { MaxDepth = TunnelProtocol.MaxJsonDepth });

    private readonly ClaudeUsage _usage = new();
    private readonly StringBuilder _arguments = new();
    private readonly HashSet<string> _callIds = new(StringComparer.Ordinal);
    private bool _hasOutput;
    private bool _hasText;
    private string? _openCall;
    private string _openTool = string.Empty;
    private bool _hasCallEnded;
    private string? _wholeText;

    public bool IsOver { get; private set; }

    /// <summary>Over with calls of the caller's tools, for whose results the CLI would wait.</summary>
    public bool IsOverWithCalls { get; private set; }

    /// <summary>Over, but the CLI would go on: it asks again after max_tokens, a refusal and an answer without text (2.1.330).</summary>
    public bool CliGoesOn { get; private set; }

    /// <summary>The events of one line; most lines have none, because they repeat the stream or concern a person's screen.</summary>
    /// <exception cref="CliFailureException">The turn has failed, the lock is broken, or the model has slipped.</exception>
    public WorkEvent[] Read(JsonElement line)
    {
        Check(line);
        if (guard.Slip is { } slip)
        {
            throw slip;
        }

        return line.TextOf("type") switch
        {
            "stream_event" when line.Member("event") is { } next => ReadStream(next),
            "assistant" => ReadWhole(line),
            "system" when line.TextOf("subtype") == "model_refusal_no_fallback" => Refuse(),
            "result" => ReadResult(line),
            _ => [],
        };
    }

    /// <summary>The guard's look alone, at what comes behind the end.</summary>
    /// <exception cref="CliFailureException">The lock is broken.</exception>
    public void Check(JsonElement line) => guard.Check(line);

    private WorkEvent[] ReadStream(JsonElement next) => next.TextOf("type") switch
    {
        "message_start" => Start(next),
        "content_block_start" => [.. EndCall(), .. StartBlock(next.Member("content_block"))],
        "content_block_stop" => StopBlock(),
        "content_block_delta" when next.Member("delta") is { } delta => ReadDelta(delta),
        "message_delta" => ReadEnd(next),
        _ => [],
    };

    private WorkEvent[] Start(JsonElement next)
    {
        if (_hasOutput)
        {
            // The CLI asks a second time: what it streams now would follow what the caller has already seen.
            throw ClaudeErrors.Cut();
        }

        return Count(next.Member("message")?.Member("usage"));
    }

    private WorkEvent[] StartBlock(JsonElement? block) => block switch
    {
        { } call when call.TextOf("type") == "tool_use" => StartCall(call),
        { } said when said.TextOf("text") is { Length: > 0 } text => Output(WorkEvents.Text(text)),
        _ => [],
    };

    private WorkEvent[] StartCall(JsonElement block)
    {
        if (block.TextOf("id") is not { Length: > 0 } id || !_callIds.Add(id))
        {
            throw ClaudeErrors.BadCall();
        }

        var tool = guard.Tools.NameOf(block.TextOf("name")!);
        var started = Output(WorkEvents.ToolCallStarted(id, tool));
        (_openCall, _openTool) = (id, tool);
        _arguments.Clear();
        return started;
    }

    private WorkEvent[] StopBlock()
    {
        _hasCallEnded = _openCall is not null;
        return [];
    }

    // Told with what follows it: the vendor ends the block of a call that max_tokens has cut as it does any other's.
    private WorkEvent[] EndCall()
    {
        if (_openCall is not { } id || !_hasCallEnded)
        {
            return [];
        }

        (_openCall, _hasCallEnded) = (null, false);
        return [WorkEvents.ToolCallFinished(id)];
    }

    private WorkEvent[] ReadDelta(JsonElement delta) => delta.TextOf("type") switch
    {
        "input_json_delta" when _openCall is { } id && delta.TextOf("partial_json") is { Length: > 0 } json => Argue(id, json),
        "text_delta" when delta.TextOf("text") is { Length: > 0 } text => Output(WorkEvents.Text(text)),
        "thinking_delta" when delta.TextOf("thinking") is { Length: > 0 } text => Output(WorkEvents.Thinking(text)),
        "signature_delta" when delta.TextOf("signature") is { Length: > 0 } signature =>
            Output(new WorkEvent { Thinking = new ThinkingDelta { Signature = signature } }),
        _ => [],
    };

    private WorkEvent[] ReadEnd(JsonElement next)
    {
        var usage = Count(next.Member("usage"));
        if (next.Member("delta") is not { } delta || delta.TextOf("stop_reason") is not { } reason)
        {
            return usage;
        }

        var stop = Reason(reason);
        var finished = WorkEvents.Finished(stop, delta.TextOf("stop_sequence") ?? string.Empty);
        var cuts = finished.Finished.Cuts();
        var ended = cuts ? [] : EndCall();
        if (_openCall is not null && !cuts)
        {
            throw ClaudeErrors.Cut();
        }

        IsOver = true;
        IsOverWithCalls = stop == StopReason.ToolUse;
        CliGoesOn = !IsOverWithCalls && (!_hasText || _callIds.Count > 0 || stop is not (StopReason.EndTurn or StopReason.StopSequence));
        return [.. ended, .. usage, finished];
    }

    private WorkEvent[] Argue(string id, string json)
    {
        _arguments.Append(json);
        return [WorkEvents.ToolCallArguments(id, json)];
    }

    // 2.1.197 tells a refusal in its own words, in the place of the vendor's stop reason.
    private WorkEvent[] Refuse()
    {
        IsOver = true;
        CliGoesOn = true;
        return [WorkEvents.Finished(StopReason.Refusal)];
    }

    private WorkEvent[] ReadWhole(JsonElement line)
    {
        if (line.Member("message") is { } message && message.TextOf("model") is not ("<synthetic>" or null) && !_hasOutput)
        {
            // The CLI would wait for its result, and never say that the answer is whole.
            if (message.Items("content").Any(block => block.TextOf("type") == "tool_use"))
            {
                throw ClaudeErrors.BadCall();
            }

            _wholeText += string.Concat(message.Items("content").Select(block => block.TextOf("text")));
            return Count(message.Member("usage"));
        }

        return [];
    }

    // Without a stop reason before it: an error, or an answer that the vendor (a gateway) gave whole instead of streamed.
    private WorkEvent[] ReadResult(JsonElement result)
    {
        if (_hasCallEnded && EndOfBadCall() is { } end)
        {
            (IsOver, CliGoesOn) = (true, true);
            return [end];
        }

        if (result.IsTrue("is_error"))
        {
            throw _hasOutput ? ClaudeErrors.OfBroken(result) : ClaudeErrors.Of(result);
        }

        if (_hasOutput || string.IsNullOrEmpty(_wholeText))
        {
            throw ClaudeErrors.Cut();
        }

        IsOver = true;
        return
        [
            WorkEvents.Text(_wholeText),
            .. Count(result.Member("usage")),
            WorkEvents.Finished(Reason(result.TextOf("stop_reason") ?? "end_turn")),
        ];
    }

    // Arguments that it cannot read 2.1.330 refuses by itself, and leaves the vendor's stream, mostly before its stop reason comes. Those
    // that break off in the middle are what the limit leaves; what is no JSON is the model's slip.
    private WorkEvent? EndOfBadCall()
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(_arguments.ToString()), isFinalBlock: false, Json);
            if (reader.Read() && reader.TokenType != JsonTokenType.StartObject)
            {
                throw Slip();
            }

            while (reader.Read())
            {
            }

            return reader.CurrentDepth > 0 ? WorkEvents.Finished(StopReason.MaxTokens) : null;
        }
        catch (JsonException)
        {
            throw Slip();
        }
    }

    private CliFailureException Slip() =>
        CliFailureException.BadArguments(new SlippedCall(_openCall!, _openTool, _arguments.ToString()));

    private WorkEvent[] Output(WorkEvent next)
    {
        if (_openCall is not null)
        {
            throw ClaudeErrors.BadCall();
        }

        _hasOutput = true;
        _hasText |= next.KindCase == WorkEvent.KindOneofCase.Text;
        return [next];
    }

    private WorkEvent[] Count(JsonElement? usage)
    {
        if (usage is not { } figures)
        {
            return [];
        }

        _usage.Take(figures);
        return [_usage.ToEvent()];
    }

    // https://docs.anthropic.com/en/api/handling-stop-reasons
    private StopReason Reason(string reason) => reason switch
    {
        "max_tokens" or "model_context_window_exceeded" => StopReason.MaxTokens,
        "stop_sequence" => StopReason.StopSequence,
        "refusal" => StopReason.Refusal,
        "tool_use" when _callIds.Count > 0 => StopReason.ToolUse,
        "tool_use" or "pause_turn" => throw CallerTools.Broken($"stop reason {reason}"),
        _ => StopReason.EndTurn,
    };
}

/// <summary>
/// The vendor's usage figures of one turn. <c>message_start</c> tells the input, <c>message_delta</c> what has changed since.
/// </summary>
internal sealed class ClaudeUsage
{
    private ulong _fresh;
    private ulong _cacheRead;
    private ulong _cacheWrite;
    private ulong _output;
    private ulong _thinking;

    public void Take(JsonElement usage)
    {
        _fresh = usage.CountOf("input_tokens") ?? _fresh;
        _cacheRead = usage.CountOf("cache_read_input_tokens") ?? _cacheRead;
        _cacheWrite = usage.CountOf("cache_creation_input_tokens") ?? _cacheWrite;
        _output = usage.CountOf("output_tokens") ?? _output;
        _thinking = usage.Member("output_tokens_details")?.CountOf("thinking_tokens") ?? _thinking;
    }

    /// <summary>Canonical input counts cached tokens too; the vendor's <c>input_tokens</c> leaves them out.</summary>
    public WorkEvent ToEvent() => new()
    {
        Usage = new Usage
        {
            InputTokens = _fresh + _cacheRead + _cacheWrite,
            OutputTokens = _output,
            CacheReadTokens = _cacheRead,
            CacheWriteTokens = _cacheWrite,
            ThinkingTokens = _thinking,
        },
    };
}
