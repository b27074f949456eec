using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Commands;

/// <summary>The tunnel's life as lines with a time, for logs and services: for each change, and for the calls that have ended.</summary>
internal sealed class PlainView : BackgroundService
{
    // A reader that is far behind misses lines: a view must never hold up the tunnel.
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(256) { SingleReader = true, SingleWriter = false, FullMode = BoundedChannelFullMode.DropOldest });

    private readonly TunnelAccess _access;
    private readonly TunnelState _state;
    private readonly CliCatalog _catalog;
    private readonly RunningCalls _calls;
    private readonly TextWriter _output;
    private readonly CallLines _callLines;
    private readonly TimeProvider _time;
    private string? _lastPhase;

    public PlainView(
        TunnelAccess access, TunnelState state, CliCatalog catalog, RunningCalls calls, TextWriter output, TimeProvider time)
    {
        (_access, _state, _catalog, _calls, _output, _time) = (access, state, catalog, calls, output, time);
        _callLines = new CallLines(Write, time);
    }

    private string Broker => _access.Current.Broker.GetLeftPart(UriPartial.Path).TrimEnd('/');

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _state.Changed += Note;
        _catalog.Changed += NoteClis;
        _calls.Ended += _callLines.Note;
        Note(_state.Current);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(stoppingToken))
            {
                await _output.WriteLineAsync(line.AsMemory(), stoppingToken);
                await _output.FlushAsync(stoppingToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The end of this process, or of whoever read our lines.
        }
        finally
        {
            _state.Changed -= Note;
            _catalog.Changed -= NoteClis;
            _calls.Ended -= _callLines.Note;
        }
    }

    public override void Dispose()
    {
        _callLines.Dispose();
        base.Dispose();
    }

    private void Note(TunnelStatus status)
    {
        var line = status.Phase switch
        {
            TunnelPhase.Online => $"online {Broker} {Clis()}",
            TunnelPhase.Starting => $"starting {Broker}",
            TunnelPhase.Connecting => null,
            TunnelPhase.StandingBy => "standing by: another process of this user is the tunnel",
            _ => $"{StateNames.Of(status.Phase)} {PlainText.Line(status.Error, PlainText.LongestMessage)}".TrimEnd(),
        };
        // A broker that stays away would fill a log with one and the same line.
        if (line is not null && Interlocked.Exchange(ref _lastPhase, line) != line)
        {
            Write(status.Since, line);
        }
    }

    // The line that says online tells them once: what changes afterwards, such as the end of a self-test, comes behind it.
    private void NoteClis(Catalog catalog)
    {
        if (_state.Current.Phase == TunnelPhase.Online)
        {
            Write(_time.GetUtcNow(), $"clis {Clis()}");
        }
    }

    private void Write(DateTimeOffset when, string line) =>
        _lines.Writer.TryWrite($"{when.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)} {line}");

    private string Clis() => string.Join(' ', StatusReporter.Clis(_catalog.Current).Select(cli => $"{cli.Provider}={cli.State}"));
}
