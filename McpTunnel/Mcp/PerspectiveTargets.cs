using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Mcp;

/// <summary>Which CLIs a call of <c>get_perspectives</c> goes to.</summary>
internal static class PerspectiveTargets
{
    /// <summary>The named models, each with its CLI; one without a provider is known to none.</summary>
    public static IReadOnlyList<ModelId> Named(IEnumerable<string> models, Catalog catalog) =>
        [.. models.Select(model => Find(model, catalog))];

    /// <summary>The first model of each CLI that is ready. Echo, which only repeats, stands in when there is no other.</summary>
    public static IReadOnlyList<ModelId> Default(Catalog catalog)
    {
        var ready = catalog.Clis.Where(cli => cli is { State: CliState.Ready, Models.Count: > 0 }).ToList();
        var real = ready.Where(cli => cli.Provider != Providers.Echo).ToList();
        return [.. (real.Count > 0 ? real : ready).Select(cli => new ModelId(cli.Provider, cli.Models[0].Id))];
    }

    // What a CLI itself reports goes before the rules: it may offer ids of no known family.
    private static ModelId Find(string text, Catalog catalog)
    {
        var id = ModelId.Parse(text);
        var offering = catalog.Clis.FirstOrDefault(cli => cli.Models.Any(model => model.Id == id.Model));
        return id.Provider is null && offering is not null ? id with { Provider = offering.Provider } : id;
    }
}
