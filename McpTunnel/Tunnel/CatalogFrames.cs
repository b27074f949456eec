using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>Tells the broker when the CLIs of this machine have changed, and looks for it from time to time. Of several changes the last is told.</summary>
internal sealed class CatalogFrames : IDisposable
{
    /// <summary>While a CLI waits to be installed or logged in: its user is perhaps just doing it.</summary>
    public static readonly TimeSpan DetectInterval = TimeSpan.FromMinutes(2);

    /// <summary>While all are ready. A detection starts each CLI for a moment, which a person's idle machine should not feel.</summary>
    public static readonly TimeSpan ReadyInterval = TimeSpan.FromMinutes(15);

    private readonly CliCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly Channel<Catalog> _changes = Channel.CreateBounded<Catalog>(
        new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = false, FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Changes are noted from here on.</summary>
    public CatalogFrames(CliCatalog catalog, TimeProvider time)
    {
        _catalog = catalog;
        _time = time;
        _catalog.Changed += Note;
    }

    /// <summary>Runs until it is cancelled or the writer is closed.</summary>
    public async Task RunAsync(FrameWriter writer, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(TellAsync(writer, cancellationToken), LookAsync(cancellationToken));
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            // The connection is over.
        }
        catch (Exception e)
        {
            TunnelLog.EndingFailed(logger, e);
        }
    }

    public void Dispose() => _catalog.Changed -= Note;

    private void Note(Catalog changed) => _changes.Writer.TryWrite(changed);

    private async Task TellAsync(FrameWriter writer, CancellationToken cancellationToken)
    {
        await foreach (var changed in _changes.Reader.ReadAllAsync(cancellationToken))
        {
            await writer.WriteAsync(new ClientFrame { Catalog = changed }, cancellationToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var isReady = _catalog.Current?.Clis.All(cli => cli.State == CliState.Ready) ?? false;
            await Task.Delay(isReady ? ReadyInterval : DetectInterval, _time, cancellationToken);
            await _catalog.DetectAsync(cancellationToken);
        }
    }
}
