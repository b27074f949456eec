using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Processes;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Status;

/// <summary>
/// Tells this process's status to whoever of this user asks, which is <c>polydev-mcp status</c>: at a socket in the state folder, the
/// report as JSON to each who connects. Not in a file: that would be written with every call, be a moment old, and outlive a process that
/// is killed; a socket costs nothing until it is asked, and nobody answers at a dead process's.
/// </summary>
internal sealed class StatusSocket(
    TunnelPaths paths, CliCatalog catalog, StatusReporter reporter, TimeProvider time, ILogger<StatusSocket> logger) : BackgroundService
{
    /// <summary>Who asks and then does not read is not waited for any longer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // The process's number is for who finds it hanging. The rest tells those apart that have the same one, each in its container.
    private readonly string _path =
        Path.Combine(paths.Sockets, $"{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}{RunningTunnels.Ending}");

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            OwnerOnly.CreateFolder(paths.State);
            OwnerOnly.CreateFolder(paths.Sockets);
            _socket.Bind(new UnixDomainSocketEndPoint(_path));
            _socket.Listen();
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A path too long for a socket (some 100 bytes), or a file system without them. The tunnel works all the same.
            StatusLog.NotTold(logger, e, _path);
            return;
        }

        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _socket.Dispose();
        Remove(_path);
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                using var asker = await _socket.AcceptAsync(stoppingToken);
                await TellAsync(asker, stoppingToken);
            }
        }
        catch (SocketException e)
        {
            // No descriptors are left. The tunnel is not to end for that.
            StatusLog.NotTold(logger, e, _path);
        }
    }

    private async Task TellAsync(Socket asker, CancellationToken stop)
    {
        var report = JsonSerializer.SerializeToUtf8Bytes(reporter.Report(catalog.Current), StatusJson.Default.StatusReport);
        using var expired = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, stop);
        try
        {
            await using var stream = new NetworkStream(asker, ownsSocket: false);
            await stream.WriteAsync(report, either.Token);
        }
        catch (Exception e) when (e is IOException or SocketException
            || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // It has gone, or does not read.
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody answers there any more: the next who asks tidies up.
        }
    }
}

internal static partial class StatusLog
{
    [LoggerMessage(EventId = 3501, EventName = "StatusNotTold", Level = LogLevel.Warning,
        Message = "polydev-mcp status cannot ask this process: there is no socket at {Path}.")]
    public static partial void NotTold(ILogger logger, Exception exception, string path);
}

/// <summary>What is told at the socket, and by <c>polydev-mcp status --json</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(MachineStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
