using System.Data.Common;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Audit;
using Polydev.Broker.Keys;
using Polydev.Broker.Reference;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Manage;

/// <summary>
/// Before every request of the management API: who asks, that no other site has a browser ask, and what goes wrong told in one shape. A
/// key of the API counts for nothing here, and nothing that counts here does there.
/// </summary>
internal sealed class ManageGate(
    RequestDelegate next, AccountTokens tokens, Throttle throttle, ClientAddress clients, ILogger<ManageGate> logger)
{
    /// <summary>
    /// What a page of ours sends along with each change, whatever its value. No form can, and no page of another origin may: none is
    /// allowed to by CORS.
    /// </summary>
    public const string ChangeHeader = "x-polydev-request";

    private const string Scheme = "Bearer ";

    private static readonly ManageError Nobody = new(
        StatusCodes.Status401Unauthorized,
        "unauthenticated",
        "Send an account token (pa_…) as `Authorization: Bearer`, or sign in. Tokens are made in the dashboard's settings.");

    private static readonly ManageError WrongToken = new(
        StatusCodes.Status401Unauthorized,
        "unauthenticated",
        "This is no account token that is good: it is malformed, unknown or revoked, or of another kind (keys pk-… are for /api/v1).");

    private static readonly ManageError Foreign = new(
        StatusCodes.Status403Forbidden,
        "forbidden",
        $"With a session's cookie each change needs the header `{ChangeHeader}: 1`, and must come from the broker's own pages.");

    public async Task InvokeAsync(HttpContext context)
    {
        Protect(context.Response.Headers);
        try
        {
            await AnswerAsync(context);
        }
        catch (Exception e) when (!HasBegun(context.Response) && !IsOfALostConnection(e, context))
        {
            await ErrorOf(context, e).WriteAsync(context.Response);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        // Where there is no endpoint, there is a 404 to be told and nothing to guard.
        if (context.GetEndpoint() is not null)
        {
            context.Features.Set(await AuthenticateAsync(context));
        }

        await next(context);
        if (context.Response is { HasStarted: false, StatusCode: 404 or 405, ContentLength: null, ContentType: null })
        {
            await NoSuchEndpoint(context).WriteAsync(context.Response);
        }
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Referrer-Policy"] = "no-referrer";
    }

    // A token that is sent is what counts: one that is wrong is not made good by a cookie beside it.
    private Task<ManageCaller> AuthenticateAsync(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        return authorization.Length == 0
            ? OfSessionAsync(context)
            : OfTokenAsync(
                context,
                authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : null);
    }

    // A right token is never refused for what others at its address try.
    private async Task<ManageCaller> OfTokenAsync(HttpContext context, string? presented)
    {
        if (await tokens.AuthenticateAsync(presented, context.RequestAborted) is { } token)
        {
            return new ManageCaller(token.AccountId, Actor.AccountToken(token.Id, token.Name, clients.Of(context)));
        }

        throttle.Enter(ThrottledTry.AccountToken, clients.NetworkOf(context));
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new ManageException(WrongToken);
    }

    private async Task<ManageCaller> OfSessionAsync(HttpContext context)
    {
        await context.AuthenticateAsync(SessionCookie.Scheme);
        if (SessionCookie.Of(context) is not { } person)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ManageException(Nobody);
        }

        return IsALook(context.Request) || IsOurs(context.Request)
            ? new ManageCaller(person.AccountId, person.By(clients.Of(context))) { SessionId = person.Session.Id }
            : throw new ManageException(Foreign);
    }

    private static bool IsALook(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    // Browsers say themselves where a request comes from, where they know how; "same-site" is another port of this machine too.
    private static bool IsOurs(HttpRequest request) => request.Headers.ContainsKey(ChangeHeader)
        && request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin";

    private static ManageError NoSuchEndpoint(HttpContext context) => context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed
        ? new ManageError(StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"{context.Request.Method} is not allowed here.")
        : ManageError.NotFound;

    private ManageError ErrorOf(HttpContext context, Exception e)
    {
        var known = ManageError.Of(e);
        if (known is null || e is DbException)
        {
            ManageLog.Failed(logger, e, ApiOperation.Of(context)?.Id ?? "-");
        }

        return known ?? new ManageError(
            StatusCodes.Status500InternalServerError, "internal", "The broker failed on this request. It stands in its log.");
    }

    // An error behind a part of an answer would be neither the one nor the other: that it breaks off is what the caller sees.
    private static bool HasBegun(HttpResponse response) => response.HasStarted || response.BodyWriter.UnflushedBytes > 0;

    private static bool IsOfALostConnection(Exception e, HttpContext context) =>
        e is ConnectionResetException or ConnectionAbortedException
        || (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested);
}

/// <summary>Who asks at the management API. Its account is the one that everything is read and changed of.</summary>
internal sealed record ManageCaller(string AccountId, Actor Actor)
{
    /// <summary>Null where it is no browser.</summary>
    public string? SessionId { get; init; }

    public static ManageCaller Of(HttpContext context) => context.Features.GetRequiredFeature<ManageCaller>();
}

internal static partial class ManageLog
{
    [LoggerMessage(EventId = 2901, EventName = "ManageRequestFailed", Level = LogLevel.Error,
        Message = "The management API's operation {Operation} failed.")]
    public static partial void Failed(ILogger logger, Exception exception, string operation);
}
