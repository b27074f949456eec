using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Diagnostics;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;

namespace Polydev.McpTunnel.Commands;

/// <summary>The tunnel's life as lines with a time, for logs and services: one for each change and each call that has ended.</summary>
internal sealed class PlainView(
    TunnelSettings settings, TunnelState state, CliCatalog catalog, RunningCalls calls, TextWriter output) : BackgroundService
{
    // A reader that is far behind misses lines: a view must never hold up the tunnel.
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(256) { SingleReader = true, SingleWriter = false, FullMode = BoundedChannelFullMode.DropOldest });

    private string? _lastPhase;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        state.Changed += Note;
        calls.Ended += Note;
        Note(state.Current);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(stoppingToken))
            {
                await output.WriteLineAsync(line.AsMemory(), stoppingToken);
                await output.FlushAsync(stoppingToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The end of this process, or of whoever read our lines.
        }
        finally
        {
            state.Changed -= Note;
            calls.Ended -= Note;
        }
    }

    private void Note(TunnelStatus status)
    {
        var line = status.Phase switch
        {
            TunnelPhase.Online => $"online {Broker} {Clis()}",
            TunnelPhase.Starting => $"starting {Broker}",
            TunnelPhase.Connecting => null,
            TunnelPhase.StandingBy => "standing by: another process of this user is the tunnel",
            _ => $"{StateNames.Of(status.Phase)} {status.Error}".TrimEnd(),
        };
        // A broker that stays away would fill a log with one and the same line.
        if (line is not null && Interlocked.Exchange(ref _lastPhase, line) != line)
        {
            Write(status.Since, line);
        }
    }

    private void Note(RunningCall call) =>
        Write(call.Until, string.Create(CultureInfo.InvariantCulture, $"call {call.Provider} {call.Model} {call.Outcome} {(call.Until - call.Since).TotalSeconds:0.0}s"));

    private void Write(DateTimeOffset when, string line) =>
        _lines.Writer.TryWrite($"{when.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)} {line}");

    private string Broker => settings.Broker.GetLeftPart(UriPartial.Path).TrimEnd('/');

    private string Clis() => string.Join(' ', StatusReporter.Clis(catalog.Current).Select(cli => $"{cli.Provider}={cli.State}"));
}
