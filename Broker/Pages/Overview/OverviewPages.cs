using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Presence;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Overview;

/// <summary>The owner's first page: do calls work, and if not, why?</summary>
internal sealed class OverviewPages(ITunnelDirectory directory, FrameReader frames)
{
    public async Task ShowAsync(HttpContext context)
    {
        var accountId = SessionCookie.Of(context)!.AccountId;
        var tunnels = await directory.FindAsync(accountId, context.RequestAborted);
        await Page.WriteAsync<OverviewPage>(
            context, (nameof(OverviewPage.Tunnels), tunnels), (nameof(OverviewPage.Frame), await frames.ReadAsync(accountId, context.RequestAborted)));
    }
}

internal static class OverviewPageEndpoints
{
    public static void MapOverview(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<OverviewPages>();
        routes.MapPage(PagePaths.Overview, PageRules.RequireAccount, context => pages.ShowAsync(context));
    }
}
