using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Calls;
using Polydev.Broker.Diagnostics;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Text;

namespace Polydev.Broker.Api;

/// <summary>
/// One call from its first byte, kept in its features: what its handlers need of it, and what is told of it when it ends, whatever ends
/// it: one log line, one measurement, and of an account's completion one row. Nothing of the content.
/// </summary>
internal sealed class CallRecord(string requestId, IApiFamily family, CallAudience audience)
    : IRunningCall, IAsyncDisposable
{
    private const int LongestModel = 100;
    private const string Finished = "finished";
    private const string GoneCaller = "cancelled";
    private const long NotYet = -1;

    private readonly long _began = audience.Time.GetTimestamp();

    // In ticks: a page that looks while the call runs reads a number whole, which it would not a TimeSpan that may be null.
    private long _firstToken = NotYet;
    private long _slotWait = NotYet;
    private Usage? _usage;
    private string? _outcome;
    private bool _hasPlace;
    private bool _hasSaid;
    private long _dispatched;
    private string _refusedBy = string.Empty;
    private string _stopReason = string.Empty;
    private ModelRoute? _route;
    private Credential? _caller;
    private int? _status;
    private bool _isRunning;

    /// <summary>Ours, and the caller's to quote: <c>req_…</c>. The id of its work too.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>In whose words errors are given.</summary>
    public IApiFamily Family { get; } = family;

    /// <summary>Of the endpoint that was called; null where that is no completion.</summary>
    public IDialect? Dialect { get; init; }

    /// <summary>Below <c>/api/v1</c>: a completion is told of always, anything else where it fails.</summary>
    public required bool IsApi { get; init; }

    /// <summary>Whose key it is. Set by <see cref="KeyAuthentication"/> before any handler.</summary>
    public Credential Caller
    {
        get => _caller ?? throw new InvalidOperationException("The call has not been authenticated.");
        set => _caller = value;
    }

    /// <summary>The key's windows, where they were read for this call; null: they were not, or could not be.</summary>
    public QuotaState? Windows { get; set; }

    /// <summary>Counted in its key's windows, and not given back; null: not counted.</summary>
    public Admission? Counted { get; set; }

    /// <summary>
    /// It was handed to a tunnel, which has not told that no CLI has begun it. A caller who leaves before he has heard anything has had his
    /// turn all the same.
    /// </summary>
    public bool MayHaveBegun { get; private set; }

    /// <summary>As the caller wrote it, once that is known.</summary>
    public string? Model { get; set; }

    /// <summary>Null until the body has been read.</summary>
    public bool? IsStreamed { get; set; }

    /// <summary>Request fields that the CLI does not honour, with a comma between; empty: none.</summary>
    public string Ignored { get; set; } = string.Empty;

    string IRunningCall.AccountId => Caller.AccountId;

    public static CallRecord Of(HttpContext context) => context.Features.GetRequiredFeature<CallRecord>();

    public void Routed(ModelRoute route) => _route = route;

    /// <summary>It is counted, and goes to its tunnel: from here until it ends it is shown as one that runs.</summary>
    public void Started()
    {
        if (!_isRunning)
        {
            _isRunning = true;
            audience.Running.Add(this);
        }
    }

    public void Dispatched()
    {
        MayHaveBegun = true;
        _dispatched = audience.Time.GetTimestamp();
    }

    /// <summary>This window was full.</summary>
    public void Refused(QuotaWindowKind by) => _refusedBy = by switch
    {
        QuotaWindowKind.Hour => "hour",
        QuotaWindowKind.Day => "day",
        QuotaWindowKind.Month => "month",
        _ => "account",
    };

    /// <summary>Notes an event as it passes.</summary>
    public void Note(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Started:
                _hasPlace = true;
                _slotWait = audience.Time.GetElapsedTime(_dispatched).Ticks;
                break;
            case WorkEvent.KindOneofCase.Text:
                _firstToken = _firstToken == NotYet ? audience.Time.GetElapsedTime(_began).Ticks : _firstToken;
                _hasSaid = true;
                break;
            case WorkEvent.KindOneofCase.Usage:
                _usage = next.Usage;
                _hasSaid = true;
                break;
            case WorkEvent.KindOneofCase.Finished:
                _outcome = Finished;
                _stopReason = WordOf(next.Finished.StopReason);
                break;
            case WorkEvent.KindOneofCase.Failed:
                _outcome = next.Failed.Kind.ToString();
                _refusedBy = next.Failed.Kind == FailureKind.RateLimited ? "vendor" : string.Empty;
                MayHaveBegun &= _hasSaid || (_hasPlace && !IsBeforeTheCli(next.Failed.Kind));
                break;
            default:
                _hasSaid = true;
                break;
        }
    }

    /// <summary>The call ends with this error; what its tunnel has said of it is more exact, and stays.</summary>
    public void Failed(ApiErrorKind kind) => _outcome ??= kind.ToString();

    /// <summary>The broker itself has ended the call: its key was revoked, or its time was over.</summary>
    public void Ended(ApiErrorKind why) => _outcome = why == ApiErrorKind.Unauthenticated ? "revoked" : why.ToString();

    /// <summary>The caller has gone. Where nothing had been sent, the status is nginx's 499.</summary>
    public void Cancelled(HttpResponse response)
    {
        _outcome = GoneCaller;
        if (!response.HasStarted)
        {
            response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    /// <summary>Its headers go out now.</summary>
    public void SetHeaders(IHeaderDictionary headers) =>
        Family.SetHeaders(headers, audience.Time.GetElapsedTime(_began), _caller?.AccountId);

    /// <summary>The response is what it is; what was not said otherwise has gone well.</summary>
    public void Answered(HttpResponse response) => _status = response.StatusCode;

    /// <summary>Its figures, without an end.</summary>
    public RecordedCall SoFar() =>
        RowOf(Dialect!, Caller, string.Empty, audience.Time.GetElapsedTime(_began)) with { Status = 0, Result = default };

    public ValueTask DisposeAsync()
    {
        if (_isRunning)
        {
            audience.Running.Remove(this);
        }

        if (IsApi && (Dialect is not null || _status >= StatusCodes.Status400BadRequest))
        {
            Tell();
        }

        return ValueTask.CompletedTask;
    }

    // A tunnel says Started once a call has its place; its adapter may still refuse it.
    private static bool IsBeforeTheCli(FailureKind kind) => kind is FailureKind.NoCli or FailureKind.NotLoggedIn
        or FailureKind.LockBroken or FailureKind.Busy or FailureKind.UnknownModel or FailureKind.InvalidRequest;

    private static string WordOf(StopReason reason) => reason switch
    {
        StopReason.EndTurn => "end_turn",
        StopReason.MaxTokens => "max_tokens",
        StopReason.StopSequence => "stop_sequence",
        StopReason.ToolUse => "tool_use",
        StopReason.Refusal => "refusal",
        _ => string.Empty,
    };

    private void Tell()
    {
        var duration = audience.Time.GetElapsedTime(_began);
        var outcome = _outcome ?? nameof(ApiErrorKind.Internal);
        Measure(outcome, duration);
        Log(outcome, duration);
        if (Dialect is not null && _caller is { } caller)
        {
            audience.Recorder.Record(RowOf(Dialect, caller, outcome, duration));
        }
    }

    private void Measure(string outcome, TimeSpan duration)
    {
        var (metrics, provider) = (audience.Metrics, _route?.Provider);
        metrics.Ended(Dialect?.Name ?? Family.Name, provider, _status ?? 0, outcome == Finished ? null : outcome, duration);
        if (TimeOf(_firstToken) is { } firstToken)
        {
            metrics.FirstToken(provider, firstToken);
        }

        if (_usage is { } usage)
        {
            metrics.Used(provider, usage.InputTokens, usage.OutputTokens);
        }
    }

    private void Log(string outcome, TimeSpan duration)
    {
        if (audience.Logger.IsEnabled(LogLevel.Information))
        {
            // The caller's own text.
            var model = string.IsNullOrEmpty(Model) ? "-" : PlainText.Line(Model, LongestModel);
            ApiLog.Ended(
                audience.Logger,
                RequestId,
                Dialect?.Name ?? Family.Name,
                model,
                _route?.Provider ?? "-",
                _status ?? 0,
                outcome,
                duration.TotalMilliseconds,
                TimeOf(_firstToken)?.TotalMilliseconds,
                _usage?.InputTokens ?? 0,
                _usage?.OutputTokens ?? 0);
        }
    }

    private RecordedCall RowOf(IDialect dialect, Credential caller, string outcome, TimeSpan duration) => new()
    {
        Id = RequestId,
        AccountId = caller.AccountId,
        KeyId = caller.Id,
        SecretNumber = caller.SecretNumber,
        BeganAt = audience.Time.GetUtcNow() - duration,
        Model = PlainText.Line(Model, RecordedCall.LongestModel),
        Dialect = dialect.Name,
        Provider = PlainText.Line(_route?.Provider),
        Machine = PlainText.Line(_route?.Machine),
        MachineId = _route?.MachineId ?? string.Empty,
        CliVersion = PlainText.Line(_route?.CliVersion),
        IsStreamed = IsStreamed,
        RefusedBy = _refusedBy,
        StopReason = _stopReason,
        Ignored = PlainText.Line(Ignored, RecordedCall.LongestIgnored),
        SlotWaitMilliseconds = (long?)TimeOf(_slotWait)?.TotalMilliseconds,
        Status = _status ?? 0,
        Outcome = outcome,
        Result = outcome switch
        {
            Finished => CallResult.Answered,
            GoneCaller => CallResult.Cancelled,
            _ => _status is >= 400 and < 500 ? CallResult.Refused : CallResult.Failed,
        },
        FirstTokenMilliseconds = (long?)TimeOf(_firstToken)?.TotalMilliseconds,
        DurationMilliseconds = (long)duration.TotalMilliseconds,
        InputTokens = Believable(_usage?.InputTokens),
        CachedTokens = Believable(_usage?.CacheReadTokens),
        OutputTokens = Believable(_usage?.OutputTokens),
        ThinkingTokens = Believable(_usage?.ThinkingTokens),
    };

    private static TimeSpan? TimeOf(long ticks) => ticks == NotYet ? null : TimeSpan.FromTicks(ticks);

    private static long Believable(ulong? tokens) => (long)Math.Min(tokens ?? 0, RecordedCall.MostTokens);
}

/// <summary>Who is told of a call.</summary>
internal sealed class CallAudience(
    BrokerMetrics metrics, CallRecorder recorder, RunningCalls running, TimeProvider time, ILogger<ApiPipeline> logger)
{
    public BrokerMetrics Metrics => metrics;

    public CallRecorder Recorder => recorder;

    public RunningCalls Running => running;

    public TimeProvider Time => time;

    public ILogger Logger => logger;
}
