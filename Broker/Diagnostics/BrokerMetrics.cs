using System.Diagnostics;
using System.Diagnostics.Metrics;
using Polydev.Shared.Models;

namespace Polydev.Broker.Diagnostics;

/// <summary>The broker's one meter, in OpenTelemetry's semantic names. Tags are bounded: no caller's or tunnel's text among them.</summary>
internal sealed class BrokerMetrics
{
    public const string MeterName = "Polydev.Broker";

    private const string ProviderTag = "gen_ai.provider.name";

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<long> _tokens;
    private readonly Counter<long> _notRecorded;

    public BrokerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        var seconds = new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
        };
        _duration = meter.CreateHistogram(
            "gen_ai.server.request.duration", "s", "From a call's first byte to its end, whatever ended it.", advice: seconds);
        _firstToken = meter.CreateHistogram(
            "gen_ai.server.time_to_first_token", "s", "From a call's first byte to the first text of its answer.", advice: seconds);
        _tokens = meter.CreateHistogram<long>("gen_ai.client.token.usage", "{token}", "Tokens of a call, by type.");
        _notRecorded = meter.CreateCounter<long>(
            "polydev.calls.not_recorded", "{call}", "Calls that have ended and were not recorded, by what was in the way.");
    }

    /// <summary>One for each call.</summary>
    /// <param name="provider">Null where the call found no route.</param>
    /// <param name="error">Null where the call has been answered in full.</param>
    public void Ended(string dialect, string? provider, int status, string? error, TimeSpan after)
    {
        if (_duration.Enabled)
        {
            var tags = new TagList { { "polydev.dialect", dialect }, { "http.response.status_code", status } };
            if (provider is not null)
            {
                tags.Add(ProviderTag, Known(provider));
            }

            if (error is not null)
            {
                tags.Add("error.type", error);
            }

            _duration.Record(after.TotalSeconds, tags);
        }
    }

    public void FirstToken(string? provider, TimeSpan after) => _firstToken.Record(after.TotalSeconds, Provider(provider));

    public void Used(string? provider, ulong inputTokens, ulong outputTokens)
    {
        _tokens.Record((long)inputTokens, Provider(provider), new("gen_ai.token.type", "input"));
        _tokens.Record((long)outputTokens, Provider(provider), new("gen_ai.token.type", "output"));
    }

    /// <param name="reason">What was in the way: <c>queue</c>, which was full, or <c>database</c>.</param>
    public void NotRecorded(long calls, string reason) => _notRecorded.Add(calls, new KeyValuePair<string, object?>("error.type", reason));

    private static KeyValuePair<string, object?> Provider(string? provider) => new(ProviderTag, Known(provider));

    // A tunnel names its CLIs itself.
    private static string Known(string? provider) =>
        provider is Providers.Claude or Providers.Codex or Providers.Gemini or Providers.Echo ? provider : "other";
}
