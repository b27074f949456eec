using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Routing;

/// <summary>The models that an account's connected CLIs answer now: what each ready CLI reports, then the product's own list.</summary>
internal sealed class ModelCatalog(ITunnelDirectory directory)
{
    public async ValueTask<IReadOnlyList<ListedModel>> ListAsync(string accountId, CancellationToken cancellationToken)
    {
        var tunnels = await directory.FindAsync(accountId, cancellationToken);
        var ready = tunnels.Online.SelectMany(tunnel => tunnel.Clis).Where(cli => cli.State == CliState.Ready).ToList();
        var known = KnownModels.ProviderOf
            .Where(model => ready.Exists(cli => cli.Provider == model.Value))
            .Select(model => new ListedModel(model.Key, model.Key, model.Value));
        var reported = ready.SelectMany(cli => cli.Models, (cli, model) =>
            new ListedModel(model.Id, model.DisplayName.Length > 0 ? model.DisplayName : model.Id, cli.Provider));
        return [.. reported.Concat(known).DistinctBy(model => model.Id).OrderBy(model => model.Provider, StringComparer.Ordinal)];
    }

    /// <summary>One of the listed models, or null.</summary>
    public async ValueTask<ListedModel?> FindAsync(string accountId, string modelId, CancellationToken cancellationToken)
    {
        var id = modelId.StartsWith("models/", StringComparison.Ordinal) ? modelId["models/".Length..] : modelId;
        return (await ListAsync(accountId, cancellationToken)).FirstOrDefault(model => model.Id == id);
    }
}

/// <summary>A model as the lists show it.</summary>
/// <param name="Provider">The CLI that answers it.</param>
internal sealed record ListedModel(string Id, string DisplayName, string Provider);
