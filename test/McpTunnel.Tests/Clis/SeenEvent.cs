using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>Sees lines of one event name.</summary>
/// <param name="during">Called while each is logged, by who logs it.</param>
internal sealed class SeenEvent(string eventName, Action? during = null) : ILoggerProvider, ILogger
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
        if (eventId.Name == eventName)
        {
            during?.Invoke();
            _lines.Release();
        }
    }

    public void Dispose() => _lines.Dispose();
}
