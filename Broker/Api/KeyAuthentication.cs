using Microsoft.Extensions.Primitives;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Api;

/// <summary>Lets nobody past without a good <c>pk-</c> key: no endpoint below <c>/api</c> is open to all.</summary>
internal sealed class KeyAuthentication(
    RequestDelegate next, CredentialAuthenticator credentials, Throttle throttle, ClientAddress clients)
{
    private const string Scheme = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        // Where there is no endpoint, there is a 404 to be told and nothing to guard.
        if (context.GetEndpoint() is not null)
        {
            var presented = Presented(context.Request);
            CallRecord.Of(context).Caller = await credentials.AuthenticateAsync(CredentialKind.ApiKey, presented, context.RequestAborted)
                ?? throw Refusal(context, presented);
        }

        await next(context);
    }

    // A good key is never refused for what others at its address try.
    private ApiException Refusal(HttpContext context, string? presented)
    {
        if (presented is not null)
        {
            throttle.Enter(ThrottledTry.ApiKey, clients.NetworkOf(context));
        }

        return new ApiException(new ApiError(ApiErrorKind.Unauthenticated, Complaint(presented)));
    }

    // Wherever one of the vendors' SDKs puts it. Some clients send more than one; a pk- key among them counts.
    private static string? Presented(HttpRequest request)
    {
        string? other = null;
        return OurKey(Bearer(request.Headers.Authorization), ref other)
            ?? OurKey(request.Headers["x-api-key"], ref other)
            ?? OurKey(request.Headers["x-goog-api-key"], ref other)
            ?? OurKey(request.Headers["api-key"], ref other)
            ?? (request.QueryString.HasValue ? OurKey(request.Query["key"], ref other) : null)
            ?? other;
    }

    private static StringValues Bearer(StringValues header)
    {
        var authorization = header.ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : default;
    }

    private static string? OurKey(StringValues place, ref string? other)
    {
        var key = place.ToString();
        if (key.StartsWith("pk-", StringComparison.Ordinal))
        {
            return key;
        }

        other ??= key.Length > 0 ? key : null;
        return null;
    }

    private static string Complaint(string? presented) => presented is null
        ? "You didn't provide an API key. Send a pk- key as `Authorization: Bearer`, `x-api-key`, `x-goog-api-key` or `?key=`."
        : "Incorrect API key provided: it is malformed, unknown or revoked. Make one with `polydev-broker key create --name NAME`.";
}
