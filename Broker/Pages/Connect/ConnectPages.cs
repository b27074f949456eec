using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Routing;
using Polydev.Broker.SignIn;
using Polydev.Shared.Models;

namespace Polydev.Broker.Pages.Connect;

/// <summary>For whoever sets up a program or an editor: what is pasted where.</summary>
internal sealed class ConnectPages(ModelCatalog catalog, FrameReader frames)
{
    public async Task ShowAsync(HttpContext context)
    {
        var accountId = SessionCookie.Of(context)!.AccountId;
        var answered = await catalog.ListAsync(accountId, context.RequestAborted);
        await Page.WriteAsync<ConnectPage>(
            context,
            (nameof(ConnectPage.Frame), await frames.ReadAsync(accountId, context.RequestAborted)),
            (nameof(ConnectPage.Models), ModelChoice.Of([.. answered.Select(model => model.Id)])));
    }
}

/// <summary>The models that the snippets can name.</summary>
/// <param name="Ready">Those that a machine answers now; the product's own list comes first.</param>
/// <param name="Others">Those of the product's list that none answers now.</param>
public sealed record ModelChoice(IReadOnlyList<string> Ready, IReadOnlyList<string> Others)
{
    public int Count => Ready.Count + Others.Count;

    /// <summary>What stands in the snippets until another is chosen: one that answers, where any does.</summary>
    public string First => Ready.Concat(Others).First();

    /// <param name="answered">What the account's machines answer now.</param>
    public static ModelChoice Of(IReadOnlyList<string> answered) => new(
        [.. KnownModels.ProviderOf.Keys.Where(answered.Contains), .. answered.Where(id => !KnownModels.ProviderOf.ContainsKey(id))],
        [.. KnownModels.ProviderOf.Keys.Where(id => !answered.Contains(id))]);
}

internal static class ConnectPageEndpoints
{
    public static void MapConnect(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<ConnectPages>();
        routes.MapPage(PagePaths.Connect, PageRules.RequireAccount, context => pages.ShowAsync(context));
    }
}
