using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>Sees the pool say that a session waits.</summary>
internal sealed class WaitingLog : ILoggerProvider, ILogger
{
    private readonly SemaphoreSlim _lines = new(0);

    public Task NextAsync() => _lines.WaitAsync();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == nameof(CliLog.SessionWaits))
        {
            _lines.Release();
        }
    }

    public void Dispose() => _lines.Dispose();
}
