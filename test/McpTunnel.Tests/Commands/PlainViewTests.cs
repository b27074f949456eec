using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Commands;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Commands;

public sealed class PlainViewTests
{
    [Test]
    public async Task Changed_WithTheBrokersOddWords_IsOnePlainLine()
    {
        var time = new FakeTimeProvider();
        var state = new TunnelState(time);
        using var logs = new NoErrorLogs();
        using var loggers = logs.CreateFactory();
        using var catalog = new CliCatalog([], time, loggers.CreateLogger<CliCatalog>());
        await using var output = new LineWriter();
        using var view = new PlainView(new TunnelAccess(() => new TunnelSettings()), state, catalog, new RunningCalls(time), output, time);
        await view.StartAsync(CancellationToken.None);

        state.Become(TunnelPhase.Waiting, RemoteText.Odd);
        state.Become(TunnelPhase.Refused, RemoteText.Endless);

        Assert.That(await output.NextAsync(), Does.Contain("starting"));
        Assert.That(await output.NextAsync(), Does.EndWith($"Z waiting {RemoteText.Plain}"));
        RemoteText.AssertPlain(await output.NextAsync(), 2100);
        await view.StopAsync(CancellationToken.None).DefaultTimeout();
    }

    private sealed class LineWriter : StringWriter
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public Task<string> NextAsync() => _lines.Reader.ReadAsync().AsTask().DefaultTimeout();

        public override Task WriteLineAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default)
        {
            _lines.Writer.TryWrite(buffer.ToString());
            return Task.CompletedTask;
        }
    }
}
