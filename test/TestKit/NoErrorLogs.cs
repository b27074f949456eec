using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Polydev.TestKit;

/// <summary>
/// Give it to the logging of what is under test and dispose it at the test's end: an Error or Critical line that the test did not
/// expect then fails the test. Every line also goes to the test's output.
/// </summary>
public sealed class NoErrorLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LoggedError> _errors = new();
    private readonly TextWriter _output = TestContext.Out;
    private readonly List<string> _expected = [];
    private int _disposed;

    /// <summary>A factory that logs here and nowhere else.</summary>
    public ILoggerFactory CreateFactory() => LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(this));

    /// <summary>Whole lines, those that the test expects too.</summary>
    public IEnumerable<string> Errors => _errors.Select(error => error.Line);

    /// <summary>The test provokes this error: lines of this event name do not fail it.</summary>
    public void Expect(string eventName) => _expected.Add(eventName);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <summary>Once: the logging that it was given to may dispose it too.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Assert.That(
                _errors.Where(error => !_expected.Contains(error.EventName)),
                Is.Empty,
                "Errors were logged that the test does not expect.");
        }
    }

    private sealed record LoggedError(string EventName, string Line);

    private sealed class Logger(NoErrorLogs owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{logLevel} {category} {eventId.Name}: {formatter(state, exception)} {exception}".TrimEnd();
            owner._output.WriteLine(line);
            if (logLevel >= LogLevel.Error)
            {
                owner._errors.Enqueue(new LoggedError(eventId.Name ?? string.Empty, line));
            }
        }
    }
}
