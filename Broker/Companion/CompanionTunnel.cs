using System.Diagnostics;
using Polydev.Broker.Presence;
using Polydev.Broker.SignIn;
using Polydev.Protos.V1;

namespace Polydev.Broker.Companion;

/// <summary>
/// <c>--with-tunnel</c>: starts polydev-mcp beside the broker for the owner's account, and prints what one can do now. Its token and its
/// key are good for this run only; no secret is stored.
/// </summary>
internal sealed class CompanionTunnel(
    CompanionCredentials credentials,
    CompanionLaunch launch,
    OwnerLinks links,
    ITunnelDirectory directory,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<CompanionTunnel> logger) : BackgroundService
{
    /// <summary>Detection starts three CLIs; on a busy machine that takes a while.</summary>
    private static readonly TimeSpan OnlineWithin = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await StartedAsync(stoppingToken);
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // Whatever it is: without a companion a broker is still a broker.
            await Console.Error.WriteLineAsync($"polydev-broker: the tunnel cannot be started: {e.Message} The broker serves without it.");
        }
        finally
        {
            await credentials.RevokeAsync();
        }
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        var (account, token, key) = await credentials.CreateAsync(stoppingToken);
        using var tunnel = Start(token);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var keeping = credentials.KeepAsync(logger, leaving.Token);
        try
        {
            var online = await OnlineAsync(account.Id, tunnel, stoppingToken);
            var link = await links.CreateAsync(stoppingToken);
            await Console.Out.WriteLineAsync(online is null
                ? $"{CompanionReport.NotOnline}\n{CompanionReport.Of(link)}"
                : CompanionReport.Of(online.Clis, launch.ApiBase, key, link));
            await tunnel.WaitForExitAsync(stoppingToken);
            await Console.Error.WriteLineAsync(
                $"polydev-broker: the tunnel beside this broker has ended with code {tunnel.ExitCode}. "
                + "Restart the broker to start it again.");
        }
        finally
        {
            await leaving.CancelAsync();
            await keeping;
            await EndAsync(tunnel);
        }
    }

    // Before the broker listens, its address is not known: port 0 becomes a number then.
    private Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lifetime.ApplicationStarted.Register(started.SetResult);
        return started.Task.WaitAsync(stoppingToken);
    }

    private Process Start(string token)
    {
        var process = Process.Start(launch.With(token)) ?? throw new InvalidOperationException("The tunnel did not start.");

        // Read and let go: a pipe that nobody reads would fill up and hold the tunnel.
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    // The owner's other machines may be online too.
    private static bool IsOfThisMachine(OnlineTunnel tunnel) =>
        tunnel.MachineName == Environment.MachineName && tunnel.Clis.Any(cli => cli.State != CliState.Unspecified);

    private async Task<OnlineTunnel?> OnlineAsync(string accountId, Process tunnel, CancellationToken stoppingToken)
    {
        OnlineTunnel? online = null;
        using var limit = new CancellationTokenSource(OnlineWithin, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        var ended = tunnel.WaitForExitAsync(waiting.Token);
        try
        {
            while (!tunnel.HasExited)
            {
                // Detection tells all CLIs at once: until then the tunnel is connected, but has nothing to report. The report is of what
                // serves: a CLI that is new to this machine is tested first, once.
                var seen = await directory.FindAsync(accountId, waiting.Token);
                online = seen.Online.LastOrDefault(IsOfThisMachine);
                if (online is not null && online.Clis.All(cli => cli.State != CliState.Testing))
                {
                    return online;
                }

                await await Task.WhenAny(directory.WaitForChangeAsync(seen, waiting.Token), ended);
            }
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // It is still not online, or still tests: the report says so.
        }
        finally
        {
            // Whichever of the two was still waited for.
            await waiting.CancelAsync();
        }

        return tunnel.HasExited ? null : online;
    }

    private async Task EndAsync(Process tunnel)
    {
        using var limit = new CancellationTokenSource(EndWithin, time);
        try
        {
            tunnel.StandardInput.Close();
            await tunnel.WaitForExitAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            tunnel.Kill(entireProcessTree: true);
        }
    }
}
