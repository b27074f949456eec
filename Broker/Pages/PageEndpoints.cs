using System.Data.Common;
using System.Text.Json.Serialization;
using Polydev.Broker.Accounts;
using Polydev.Broker.Hosting;
using Polydev.Broker.Storage;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Pages;

/// <summary>What needs no key: the page, the health checks, and where a tunnel finds the gRPC port.</summary>
internal static class PageEndpoints
{
    private static readonly string[] Probes = [HttpMethods.Get, HttpMethods.Head];

    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", Probes, (HttpContext context, StatusPage page) => page.WriteAsync(context));
        routes.MapMethods("/healthz", Probes, () => "ok");
        routes.MapMethods("/readyz", Probes, ReadyAsync);
        routes.MapMethods("/.well-known/polydev", Probes, (HttpContext context, BrokerAddresses addresses) =>
            context.Response.WriteAsJsonAsync(
                new WellKnownBody(addresses.GrpcFor(context.Request.Host.Host), BrokerVersion.Text, TunnelProtocol.Version),
                PagesJson.Default.WellKnownBody));
    }

    // Ready is: the database answers.
    private static async Task<IResult> ReadyAsync(IAccountStore accounts, CancellationToken cancellationToken)
    {
        try
        {
            await accounts.FindAsync(Account.OwnerId, cancellationToken);
            return Results.Text("ready");
        }
        catch (Exception e) when (e is StorageException or DbException)
        {
            return Results.Text("the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}

/// <summary>The answer of <c>GET /.well-known/polydev</c>: where a tunnel finds the gRPC port.</summary>
internal sealed record WellKnownBody(string Grpc, string Version, int Protocol);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WellKnownBody))]
internal sealed partial class PagesJson : JsonSerializerContext;
