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
        var known = KnownModels.ProviderOf.SelectMany(
            model => ready.Where(cli => cli.Provider == model.Value).Take(1),
            (model, cli) => new ListedModel(model.Key, model.Key, cli.Provider) { Honours = cli.Honours });
        var reported = ready.SelectMany(cli => cli.Models, (cli, model) =>
            new ListedModel(model.Id, model.DisplayName.Length > 0 ? model.DisplayName : model.Id, cli.Provider) { Honours = cli.Honours });
        return [.. reported.Concat(known).DistinctBy(model => model.Id).OrderBy(model => model.Provider, StringComparer.Ordinal)];
    }

    /// <summary>One of the listed models, or null.</summary>
    public async ValueTask<ListedModel?> FindAsync(string accountId, string modelId, CancellationToken cancellationToken)
    {
        var models = await ListAsync(accountId, cancellationToken);
        var named = ModelId.Parse(modelId);
        return models.FirstOrDefault(model => model.Id == modelId) ?? models.FirstOrDefault(model => model.IsNamed(named));
    }
}

/// <summary>A model as the lists show it.</summary>
/// <param name="Provider">The CLI that answers it.</param>
internal sealed record ListedModel(string Id, string DisplayName, string Provider)
{
    /// <summary>What that CLI honours, of <see cref="RequestFeatures"/>.</summary>
    public IReadOnlyCollection<string> Honours { get; init; } = [];

    /// <summary>
    /// In tokens; null where the vendor's figures are not known. No CLI tells a model's limits: they are the least that the vendor
    /// publishes for those on the product's list.
    /// </summary>
    public ModelLimits? Limits => Provider switch
    {
        Providers.Gemini => new ModelLimits(1_048_576, 65_536),
        Providers.Claude => new ModelLimits(200_000, 64_000),
        Providers.Codex => new ModelLimits(200_000, 100_000),
        _ => null,
    };

    public bool IsNamed(ModelId id) => Id == id.Model && (id.Provider is null || id.Provider == Provider);
}

/// <summary>Tokens that a model takes, and gives.</summary>
internal sealed record ModelLimits(int Input, int Output);
