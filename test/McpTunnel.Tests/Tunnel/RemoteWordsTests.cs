using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Tests.Tunnel;

/// <summary>What a broker says of itself, of its refusals and of its works reaches terminals and logs as plain text.</summary>
public sealed class RemoteWordsTests
{
    [Test]
    public void Message_OfAnEnd_IsOnePlainLine()
    {
        Assert.That(ConnectionEnd.Lost(RemoteText.Odd).Message, Is.EqualTo(RemoteText.Plain));
        RemoteText.AssertPlain(ConnectionEnd.Lost(RemoteText.Endless).Message, 2000);
    }

    [Test]
    public void Log_IdsOfTheBroker_AreOnePlainLine()
    {
        var seen = new SeenLines();

        TunnelLog.Online(seen, new Uri("http://127.0.0.1"), RemoteText.Odd);
        TunnelLog.DuplicateWork(seen, RemoteText.Odd);
        TunnelLog.BrokenChunks(seen, new InvalidOperationException(), RemoteText.Endless);
        TunnelLog.PumpFailed(seen, new InvalidOperationException(), RemoteText.Odd);

        Assert.That(seen.Lines, Has.Count.EqualTo(4));
        foreach (var line in seen.Lines)
        {
            RemoteText.AssertPlain(line, 300);
            Assert.That(line, Does.Contain(RemoteText.Plain));
        }
    }

    private sealed class SeenLines : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
