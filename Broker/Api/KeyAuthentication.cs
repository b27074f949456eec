using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Api;

/// <summary>Lets nobody past without a good <c>pk-</c> key: no endpoint below <c>/api</c> is open to all.</summary>
internal sealed class KeyAuthentication(RequestDelegate next, ICredentialAuthenticator credentials)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        // Where there is no endpoint, there is a 404 to be told and nothing to guard.
        if (context.GetEndpoint() is not null)
        {
            var presented = Presented(context.Request);
            ApiCall.Of(context).Caller = await credentials.AuthenticateAsync(CredentialKind.ApiKey, presented, context.RequestAborted)
                ?? throw new ApiException(new ApiError(ApiErrorKind.Unauthenticated, Complaint(presented)));
        }

        await next(context);
    }

    // Wherever one of the vendors' SDKs puts it. Some clients send more than one; a pk- key among them counts.
    private static string? Presented(HttpRequest request)
    {
        var bearer = request.Headers.Authorization.ToString();
        string[] places =
        [
            bearer.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? bearer[Scheme.Length..].Trim() : string.Empty,
            request.Headers["x-api-key"].ToString(),
            request.Headers["x-goog-api-key"].ToString(),
            request.Headers["api-key"].ToString(),
            request.Query["key"].ToString(),
        ];
        return Array.Find(places, key => key.StartsWith("pk-", StringComparison.Ordinal)) ?? Array.Find(places, key => key.Length > 0);
    }

    private static string Complaint(string? presented) => presented is null
        ? "You didn't provide an API key. Send a pk- key as `Authorization: Bearer`, `x-api-key`, `x-goog-api-key` or `?key=`."
        : "Incorrect API key provided: it is malformed, unknown or revoked. Make one with `polydev-broker key create --name NAME`.";
}
