using System.Text.Json.Serialization;
using Polydev.Broker.Hosting;
using Polydev.Broker.Pages.Calls;
using Polydev.Broker.Pages.Connect;
using Polydev.Broker.Pages.Devices;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Keys;
using Polydev.Broker.Pages.Live;
using Polydev.Broker.Pages.Machines;
using Polydev.Broker.Pages.Overview;
using Polydev.Broker.Pages.Settings;
using Polydev.Broker.Pages.SignIn;
using Polydev.Broker.Pages.Status;
using Polydev.Broker.Pages.Usage;
using Polydev.Broker.SignIn;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Pages;

/// <summary>What needs no key: the pages that stand alone, the health checks, and where a tunnel finds the gRPC port.</summary>
internal static class PageEndpoints
{
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/.well-known/polydev", PageRules.Probes, (HttpContext context, BrokerAddresses addresses) =>
            WriteAsync(context, new WellKnownBody(
                addresses.GrpcFor(context.Request.Host),
                addresses.ApiBaseFor(context.Request.Host),
                BrokerVersion.Text,
                TunnelProtocol.Version,
                $"{addresses.SiteFor(context.Request.Host)}{OAuthEndpoints.DeviceCode}",
                $"{addresses.SiteFor(context.Request.Host)}{OAuthEndpoints.Token}",
                $"{addresses.SiteFor(context.Request.Host)}{OAuthEndpoints.Revoke}")));
        routes.MapAssets();
        routes.MapOverview();
        routes.MapKeys();
        routes.MapSettings();
        routes.MapMachines();
        routes.MapLive();
        routes.MapUsage();
        routes.MapCalls();
        routes.MapStatus();
        routes.MapSignIn();
        routes.MapDevice();
        routes.MapConnect();
    }

    // Each is told the addresses under the name that it asked by: no cache may give one's to another.
    private static Task WriteAsync(HttpContext context, WellKnownBody body)
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(body, PagesJson.Default.WellKnownBody);
    }
}

/// <summary>The answer of <c>GET /.well-known/polydev</c>.</summary>
/// <param name="Grpc">Where a tunnel finds the gRPC port.</param>
/// <param name="Api">The base URL of the API: a CLI that is pointed at it would call itself.</param>
/// <param name="DeviceAuthorizationEndpoint">Where a machine asks to be logged in (RFC 8628).</param>
internal sealed record WellKnownBody(
    string Grpc,
    string Api,
    string Version,
    int Protocol,
    string DeviceAuthorizationEndpoint,
    string TokenEndpoint,
    string RevocationEndpoint);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WellKnownBody))]
internal sealed partial class PagesJson : JsonSerializerContext;
