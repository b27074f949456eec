using Polydev.Broker.ApiKeys;
using Polydev.Broker.Machines;
using Polydev.Broker.Quotas;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Pages.Keys;

/// <summary>A call that can be made with a key right now.</summary>
/// <param name="Model">One that is online; without any, the one that needs no CLI.</param>
/// <param name="Missing">What it still wants before it answers; null: nothing.</param>
/// <param name="Machine">That answers it; null: none does.</param>
public sealed record TrialCall(string Model, string? Missing, string? Machine);

/// <summary>Looks which call answers.</summary>
internal sealed class TrialCalls(MachineDirectory machines, ModelCatalog catalog)
{
    public async Task<TrialCall> OfAsync(ApiKey key, CancellationToken cancellationToken)
    {
        var accountId = key.Credential.AccountId;
        var online = (await machines.ListAsync(accountId, cancellationToken)).Where(machine => machine.IsOnline).ToList();
        if (online.Count == 0)
        {
            return new TrialCall(KnownModels.Echo, "No machine is online: until one is, this gets 503 “Tunnel offline”.", null);
        }

        // What goes into a command that people paste is a name and nothing else.
        var models = (await catalog.ListAsync(accountId, cancellationToken)).Where(model => ModelId.IsName(model.Id)).ToList();
        var model = models.Find(one => one.Provider != Providers.Echo) ?? models.FirstOrDefault();
        if (model is null)
        {
            return new TrialCall(KnownModels.Echo, $"{online[0].Name} is online, but no CLI on it can answer.", null);
        }

        var machine = online.Find(one => one.Online.Any(tunnel => tunnel.Clis.Any(cli => IsReady(cli, model))))?.Name;
        return new TrialCall(model.Id, key.Windows.Exhausted is { } full ? Words(full) : null, machine);
    }

    private static bool IsReady(CliInfo cli, ListedModel model) => cli.Provider == model.Provider && cli.State == CliState.Ready;

    private static string Words(QuotaWindow full) => full.Kind == QuotaWindowKind.AccountMonth
        ? "The account’s month is used up: until it resets, this gets 429."
        : $"The key’s {KeyWording.Name(full.Kind)} is used up: until it resets, this gets 429.";
}
