using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// Keeps the tunnel up for as long as the process lives: a loop around one connection at a time, until it is stopped or the broker refuses
/// it for good; and around that one for each login.
/// </summary>
internal sealed class TunnelWorker(
    TunnelAccess access, TunnelPaths paths, TunnelConnector connector, TunnelState state, Backoff backoff, TimeProvider time,
    ILogger<TunnelWorker> logger) : BackgroundService
{
    // Connections that take no new work: they finish what they have beside their successor.
    private readonly List<Task> _leaving = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What there could be no tunnel for stays said.
            if (state.Current.Phase is not (TunnelPhase.Refused or TunnelPhase.NotConfigured))
            {
                state.Become(TunnelPhase.Stopped);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TunnelLog.StateFolderFailed(logger, e, paths.State);
            state.Become(
                TunnelPhase.NotConfigured,
                $"The state folder {paths.State} cannot be used ({e.Message}). Set POLYDEV_STATE_DIR to another.");
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        paths.Create();
        PrivateFolder.Sweep(paths.RunRoot);
        while (true)
        {
            var (settings, changed) = access.Now;
            using var round = CancellationTokenSource.CreateLinkedTokenSource(stop, changed);
            try
            {
                await RunAsync(settings, round.Token);
                if (!settings.CanLogIn)
                {
                    return;
                }

                await Task.Delay(Timeout.InfiniteTimeSpan, time, round.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                TunnelLog.LoginChanged(logger);
            }
            finally
            {
                // They end by this round's token. With another login the old connection says goodbye before the new one comes.
                await Task.WhenAll(_leaving);
            }
        }
    }

    private async Task RunAsync(TunnelSettings settings, CancellationToken stop)
    {
        if (settings is not { Token: { } token, Problem: null })
        {
            state.Become(TunnelPhase.NotConfigured, settings.Problem);
            return;
        }

        var prepared = connector.PrepareAsync(settings, stop);
        using var lease = await TunnelLease.TakeAsync(
            paths.LeaseFile(settings.Broker, token), () => state.Become(TunnelPhase.StandingBy), time, stop);
        await prepared;

        while (true)
        {
            state.Become(TunnelPhase.Connecting, state.Current.Error);
            var end = await ConnectOnceAsync(settings, stop);
            switch (end.Kind)
            {
                case ConnectionEndKind.Stopped:
                    throw new OperationCanceledException(stop);
                case ConnectionEndKind.RefusedForGood:
                    TunnelLog.RefusedForGood(logger, end.Message);
                    state.Become(TunnelPhase.Refused, end.Message);
                    return;
            }

            var wait = backoff.Next(end.RetryAfter);
            TunnelLog.Offline(logger, end.Message, wait.TotalSeconds);
            var waiting = Task.Delay(wait, time, stop);
            state.Become(TunnelPhase.Waiting, end.Message);
            await waiting;
        }
    }

    private async Task<ConnectionEnd> ConnectOnceAsync(TunnelSettings settings, CancellationToken stop)
    {
        try
        {
            var connection = await connector.OpenAsync(settings, stop);
            TunnelLog.Online(logger, settings.Broker, connection.Session);
            state.Become(TunnelPhase.Online);
            var end = await connection.ServeAsync();
            if (connection.ProvedStable || end.Kind == ConnectionEndKind.Drained)
            {
                backoff.Reset();
            }

            _leaving.RemoveAll(task => task.IsCompleted);
            _leaving.Add(LeaveAsync(connection));
            return end;
        }
        catch (ConnectionEndedException e)
        {
            return e.End;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // A defect of ours in one attempt is no reason to give the tunnel up.
            TunnelLog.ConnectionFaulted(logger, e);
            return ConnectionEnd.Lost("The connection failed inside; the log on stderr says why.");
        }
    }

    // Beside the next connection: the work that this one still carries may take its time.
    private async Task LeaveAsync(TunnelConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception e)
        {
            TunnelLog.EndingFailed(logger, e);
        }
    }
}
