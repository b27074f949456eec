namespace Polydev.Broker.SignIn;

/// <summary>How a machine gets its token and gives it back. No cookie counts here, so that no page can act for its reader.</summary>
internal static class OAuthEndpoints
{
    public const string DeviceCode = "/oauth/device/code";
    public const string Token = "/oauth/token";
    public const string Revoke = "/oauth/revoke";

    public static void MapOAuth(this IEndpointRouteBuilder routes)
    {
        var device = routes.ServiceProvider.GetRequiredService<DeviceHandler>();
        var revocation = routes.ServiceProvider.GetRequiredService<RevocationHandler>();
        routes.MapPost(DeviceCode, context => device.StartAsync(context));
        routes.MapPost(Token, context => device.GiveTokenAsync(context));
        routes.MapPost(Revoke, context => revocation.RevokeAsync(context));
    }
}
