using Polydev.Broker.Dialects;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Routing;

/// <summary>The models that an account's connected CLIs answer now: the product's list of each ready CLI, then what the CLI reports.</summary>
internal sealed class ModelCatalog(TunnelRegistry tunnels)
{
    public IReadOnlyList<ListedModel> Of(string accountId)
    {
        var ready = tunnels.Of(accountId).SelectMany(session => session.Catalog.Clis).Where(cli => cli.State == CliState.Ready).ToList();
        var known = KnownModels.ProviderOf
            .Where(model => ready.Any(cli => cli.Provider == model.Value))
            .Select(model => new ListedModel(model.Key, model.Key, model.Value));
        var reported = ready.SelectMany(cli => cli.Models, (cli, model) =>
            new ListedModel(model.Id, model.DisplayName.Length > 0 ? model.DisplayName : model.Id, cli.Provider));
        return [.. reported.Concat(known).DistinctBy(model => model.Id).OrderBy(model => model.Provider, StringComparer.Ordinal)];
    }

    /// <summary>One of the listed models, or null.</summary>
    public ListedModel? Find(string accountId, string modelId)
    {
        var id = modelId.StartsWith("models/", StringComparison.Ordinal) ? modelId["models/".Length..] : modelId;
        return Of(accountId).FirstOrDefault(model => model.Id == id);
    }
}
