using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Polydev.Broker.Diagnostics;

/// <summary>The broker's one meter, in OpenTelemetry's semantic names. Tags are bounded: no caller's text among them.</summary>
internal sealed class BrokerMetrics
{
    public const string MeterName = "Polydev.Broker";

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<long> _tokens;

    public BrokerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] };
        _duration = meter.CreateHistogram("gen_ai.server.request.duration", "s", "From the call's routing to its last event.", advice: seconds);
        _firstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From the call's routing to its first text.", advice: seconds);
        _tokens = meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of a call, by type.");
    }

    public void FirstToken(string provider, TimeSpan after) => _firstToken.Record(after.TotalSeconds, Provider(provider));

    public void Completed(string provider, string outcome, TimeSpan after, ulong inputTokens, ulong outputTokens)
    {
        _duration.Record(after.TotalSeconds, new TagList { Provider(provider), new("error.type", outcome == "finished" ? null : outcome) });
        _tokens.Record((long)inputTokens, new TagList { Provider(provider), new("gen_ai.token.type", "input") });
        _tokens.Record((long)outputTokens, new TagList { Provider(provider), new("gen_ai.token.type", "output") });
    }

    private static KeyValuePair<string, object?> Provider(string provider) => new("gen_ai.provider.name", provider);
}
