using Polydev.Broker.Errors;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Routing;

/// <summary>
/// Finds the tunnel and the CLI for a model id. The id alone chooses, whatever the dialect. A call whose tunnel is on its way back waits.
/// </summary>
internal sealed class ModelRouter(ITunnelDirectory directory, TimeProvider time)
{
    /// <summary>How long a call waits for a tunnel that drains, was cut off, or has not come yet to a broker just started.</summary>
    public static readonly TimeSpan ReturnLimit = TimeSpan.FromSeconds(5);

    /// <exception cref="ApiException">No CLI family has such a model, no tunnel is online, or none has that CLI ready.</exception>
    public async ValueTask<ModelRoute> RouteAsync(string accountId, string modelId, CancellationToken cancellationToken)
    {
        var id = ModelId.Parse(modelId);
        if (!ModelId.IsName(id.Model))
        {
            throw new ApiException(RoutingErrors.NoName());
        }

        var tunnels = await directory.FindAsync(accountId, cancellationToken);
        var provider = ProviderOf(tunnels, id);
        if (Find(tunnels, provider, id.Model) is { } route)
        {
            return route;
        }

        return IsWorthWaiting(tunnels, provider)
            ? await WaitAsync(tunnels, id, modelId, cancellationToken)
            : throw new ApiException(RoutingErrors.Of(tunnels, provider, id, modelId));
    }

    private async Task<ModelRoute> WaitAsync(AccountTunnels tunnels, ModelId id, string modelId, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ReturnLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (!tunnels.IsClosing)
            {
                await directory.WaitForChangeAsync(tunnels, either.Token);
                tunnels = await directory.FindAsync(tunnels.AccountId, either.Token);
                if (Find(tunnels, ProviderOf(tunnels, id), id.Model) is { } route)
                {
                    return route;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Waited long enough: the caller is told to come again.
        }

        throw new ApiException(RoutingErrors.Of(tunnels, ProviderOf(tunnels, id), id, modelId));
    }

    // Among the tunnels with that CLI ready: one that reports this very model before the others, then the least busy.
    private static ModelRoute? Find(AccountTunnels tunnels, string? provider, string model)
    {
        (OnlineTunnel Tunnel, CliInfo Cli, bool Reports)? best = null;
        foreach (var tunnel in tunnels.Online)
        {
            foreach (var cli in tunnel.Clis)
            {
                if (tunnel.IsDraining || cli.Provider != provider || cli.State != CliState.Ready)
                {
                    continue;
                }

                var reports = Reports(cli, model);
                if (best is not { } known || (reports, -tunnel.InFlight).CompareTo((known.Reports, -known.Tunnel.InFlight)) > 0)
                {
                    best = (tunnel, cli, reports);
                }
            }
        }

        return best is { } found
            ? new ModelRoute(found.Tunnel.SessionId, found.Cli.Provider, model, found.Cli.Honours)
            {
                Machine = found.Tunnel.MachineName,
                MachineId = found.Tunnel.TokenId,
                CliVersion = found.Cli.Version,
                Stores = found.Tunnel.Stores,
            }
            : null;
    }

    /// <summary>A tunnel is on its way that may have the CLI: nothing else is here, or it had it ready when last seen.</summary>
    internal static bool IsWorthWaiting(AccountTunnels tunnels, string? provider) =>
        tunnels is { IsAwaited: true, IsClosing: false }
        && (tunnels.Online.All(tunnel => tunnel.IsDraining)
            || tunnels.Returning.Any(cli => cli.Provider == provider && cli.State == CliState.Ready));

    /// <summary>The CLI that the id itself names, else the one that reports it as one of its models, here now or before.</summary>
    private static string? ProviderOf(AccountTunnels tunnels, ModelId id)
    {
        if (id.Provider is not null)
        {
            return id.Provider;
        }

        foreach (var cli in tunnels.Online.SelectMany(tunnel => tunnel.Clis).Concat(tunnels.Departed))
        {
            if (Reports(cli, id.Model))
            {
                return cli.Provider;
            }
        }

        return null;
    }

    internal static bool Reports(CliInfo cli, string model)
    {
        foreach (var known in cli.Models)
        {
            if (known.Id == model)
            {
                return true;
            }
        }

        return false;
    }
}
