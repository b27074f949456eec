using System.Globalization;
using Polydev.Broker.Accounts;
using Polydev.Broker.Api;
using Polydev.Broker.Commands;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Pages;

/// <summary>What needs no key: the page, the health checks, and where a tunnel finds the gRPC port.</summary>
internal static class PageEndpoints
{
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (HttpContext context, StatusPage page) => page.WriteAsync(context));
        routes.MapGet("/healthz", () => "ok");
        routes.MapGet("/readyz", ReadyAsync);
        routes.MapGet("/.well-known/polydev", (HttpContext context, BrokerAddresses addresses) => context.Response.WriteAsJsonAsync(
            new WellKnownBody(addresses.GrpcFor(context.Request.Host.Host), BrokerVersion.Text, TunnelProtocol.Version), ApiJson.Default.WellKnownBody));
    }

    // Ready is: the database answers.
    private static async Task<string> ReadyAsync(IAccountStore accounts, CancellationToken cancellationToken)
    {
        var count = (await accounts.ListAsync(cancellationToken)).Count;
        return string.Create(CultureInfo.InvariantCulture, $"ready ({count} accounts)");
    }
}
