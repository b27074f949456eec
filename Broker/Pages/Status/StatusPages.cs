using System.Data.Common;
using Polydev.Broker.Accounts;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Presence;
using Polydev.Broker.Storage;

namespace Polydev.Broker.Pages.Status;

/// <summary>The public page for whose call has failed: is it the broker, or is it me? It names no account, machine or model.</summary>
internal sealed class StatusPages(ITunnelDirectory directory, IAccountStore accounts, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public async Task ShowAsync(HttpContext context)
    {
        var online = await directory.SummarizeAsync(context.RequestAborted);
        await Page.WriteAsync<StatusPage>(
            context,
            (nameof(StatusPage.Online), online),
            (nameof(StatusPage.Started), _started),
            (nameof(StatusPage.Database), await AskDatabaseAsync(context.RequestAborted)));
    }

    /// <summary>How long the database took for a small question; null where it did not answer.</summary>
    public async Task<TimeSpan?> AskDatabaseAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        try
        {
            await accounts.FindAsync(Account.OwnerId, cancellationToken);
            return time.GetElapsedTime(asked);
        }
        catch (Exception e) when (e is StorageException or DbException)
        {
            return null;
        }
    }
}

internal static class StatusPageEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<StatusPages>();
        routes.MapPage(PagePaths.Status, PageRules.Open, context => pages.ShowAsync(context));
        routes.MapMethods("/healthz", PageRules.Probes, () => "ok");

        // Ready is: the database answers.
        routes.MapMethods("/readyz", PageRules.Probes, async (CancellationToken cancellationToken) =>
            await pages.AskDatabaseAsync(cancellationToken) is not null
                ? Results.Text("ready")
                : Results.Text("the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable));
    }
}
