using Polydev.Broker.Diagnostics;
using Polydev.Broker.Dialects;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Api;

/// <summary>Keeps the figures of each call: its log line and its metrics.</summary>
internal sealed class CallRecorder(BrokerMetrics metrics, TimeProvider time, ILogger<CallRecorder> logger)
{
    public CallRecord Start(ApiCall api, IDialect dialect, CompletionCall call, ModelRoute route) =>
        new(time, (record) =>
        {
            metrics.Completed(route.Provider, record.Outcome, record.Duration, record.Usage.InputTokens, record.Usage.OutputTokens);
            if (record.FirstToken is { } firstToken)
            {
                metrics.FirstToken(route.Provider, firstToken);
            }

            ApiLog.Completed(
                logger, api.RequestId, dialect.Name, route.Model, route.Provider, record.Outcome, record.Duration.TotalMilliseconds, record.Usage.InputTokens, record.Usage.OutputTokens);
        });
}
