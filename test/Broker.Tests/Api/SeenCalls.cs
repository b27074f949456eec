using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What a broker tells of its calls: their log lines and their measurements.</summary>
internal sealed class SeenCalls : ILoggerProvider, ILogger
{
    private readonly Channel<CallLine> _lines = Channel.CreateUnbounded<CallLine>();
    private readonly ConcurrentQueue<Dictionary<string, object?>> _measured = new();
    private readonly ConcurrentQueue<string> _texts = new();
    private readonly MeterListener _listener = new();

    /// <summary>The tags of each call's measurement.</summary>
    public IReadOnlyCollection<Dictionary<string, object?>> Measured => _measured;

    /// <summary>Every line of whatever part of the broker, as it is written.</summary>
    public IReadOnlyCollection<string> Texts => _texts;

    public void AddTo(IServiceCollection services) => services.AddLogging(logging =>
        logging.AddProvider(this).AddFilter<SeenCalls>(null, LogLevel.Trace));

    /// <summary>Listens to this broker's meter, and to no other's of this process.</summary>
    public void ListenTo(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name == "gen_ai.server.request.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
            _measured.Enqueue(tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value)));
        _listener.Start();
    }

    /// <summary>The next call that has ended.</summary>
    public Task<CallLine> NextAsync() => _lines.Reader.ReadAsync().AsTask().DefaultTimeout();

    public bool HasMore => _lines.Reader.TryPeek(out _);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _texts.Enqueue(formatter(state, exception));
        if (eventId.Name == "CallEnded")
        {
            var values = ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary(pair => pair.Key, pair => pair.Value);
            _lines.Writer.TryWrite(new CallLine(
                (string)values["Dialect"]!,
                (string)values["Model"]!,
                (string)values["Provider"]!,
                (int)values["Status"]!,
                (string)values["Outcome"]!)
            {
                RequestId = (string)values["RequestId"]!,
                FirstToken = (double?)values["FirstToken"],
                Tokens = ((ulong)values["InputTokens"]!, (ulong)values["OutputTokens"]!),
            });
        }
    }

    public void Dispose() => _listener.Dispose();
}

/// <summary>One call's log line, taken apart.</summary>
internal sealed record CallLine(string Dialect, string Model, string Provider, int Status, string Outcome)
{
    public required string RequestId { get; init; }

    public double? FirstToken { get; init; }

    public (ulong Input, ulong Output) Tokens { get; init; }
}
