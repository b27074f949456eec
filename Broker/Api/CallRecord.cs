using Microsoft.AspNetCore.Http.Features;
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
/// it: one log line and one measurement. Nothing of the content.
/// </summary>
internal sealed class CallRecord(string requestId, IApiFamily family, BrokerMetrics metrics, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private const int LongestModel = 100;
    private const string Finished = "finished";

    private readonly long _began = time.GetTimestamp();
    private TimeSpan? _firstToken;
    private Usage? _usage;
    private string? _outcome;
    private string? _provider;
    private int? _status;

    /// <summary>Ours, and the caller's to quote: <c>req_…</c>. The id of its work too.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>In whose words errors are given.</summary>
    public IApiFamily Family { get; } = family;

    /// <summary>Of the endpoint that was called; null where that is no completion.</summary>
    public IDialect? Dialect { get; init; }

    /// <summary>Below <c>/api/v1</c>: a completion is told of always, anything else where it fails.</summary>
    public required bool IsApi { get; init; }

    /// <summary>Whose key it is. Set by <see cref="KeyAuthentication"/> before any handler.</summary>
    public Credential Caller { get => field ?? throw new InvalidOperationException("The call has not been authenticated."); set; }

    /// <summary>Counted in its key's windows, and not given back; null: not counted.</summary>
    public Admission? Counted { get; set; }

    /// <summary>The CLI has begun on it.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>As the caller wrote it, once that is known.</summary>
    public string? Model { get; set; }

    public static CallRecord Of(HttpContext context) => context.Features.GetRequiredFeature<CallRecord>();

    public void Routed(ModelRoute route) => _provider = route.Provider;

    /// <summary>Notes an event as it passes.</summary>
    public void Note(WorkEvent next)
    {
        switch (next.KindCase)
        {
            case WorkEvent.KindOneofCase.Started:
                HasBegun = true;
                break;
            case WorkEvent.KindOneofCase.Text:
                _firstToken ??= time.GetElapsedTime(_began);
                break;
            case WorkEvent.KindOneofCase.Usage:
                _usage = next.Usage;
                break;
            case WorkEvent.KindOneofCase.Finished:
                _outcome = Finished;
                break;
            case WorkEvent.KindOneofCase.Failed:
                _outcome = next.Failed.Kind.ToString();
                HasBegun &= !IsBeforeTheCli(next.Failed.Kind);
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
        _outcome = "cancelled";
        if (!response.HasStarted)
        {
            response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    /// <summary>The response is what it is; what was not said otherwise has gone well.</summary>
    public void Answered(HttpResponse response) => _status = response.StatusCode;

    public ValueTask DisposeAsync()
    {
        if (IsApi && (Dialect is not null || _status >= StatusCodes.Status400BadRequest))
        {
            Tell();
        }

        return ValueTask.CompletedTask;
    }

    // A tunnel says Started once a call has its place; its adapter may still refuse it.
    private static bool IsBeforeTheCli(FailureKind kind) => kind is FailureKind.NoCli or FailureKind.NotLoggedIn
        or FailureKind.LockBroken or FailureKind.Busy or FailureKind.UnknownModel or FailureKind.InvalidRequest;

    private void Tell()
    {
        var duration = time.GetElapsedTime(_began);
        var outcome = _outcome ?? nameof(ApiErrorKind.Internal);
        var dialect = Dialect?.Name ?? Family.Name;
        metrics.Ended(dialect, _provider, _status ?? 0, outcome == Finished ? null : outcome, duration);
        if (_firstToken is { } firstToken)
        {
            metrics.FirstToken(_provider, firstToken);
        }

        if (_usage is { } usage)
        {
            metrics.Used(_provider, usage.InputTokens, usage.OutputTokens);
        }

        if (logger.IsEnabled(LogLevel.Information))
        {
            // The caller's own text.
            var model = string.IsNullOrEmpty(Model) ? "-" : PlainText.Line(Model, LongestModel);
            ApiLog.Ended(
                logger,
                RequestId,
                dialect,
                model,
                _provider ?? "-",
                _status ?? 0,
                outcome,
                duration.TotalMilliseconds,
                _firstToken?.TotalMilliseconds,
                _usage?.InputTokens ?? 0,
                _usage?.OutputTokens ?? 0);
        }
    }
}
