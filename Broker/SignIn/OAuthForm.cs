using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace Polydev.Broker.SignIn;

/// <summary>What a client has sent to an OAuth endpoint. The one client is polydev-mcp, which has no secret (RFC 6749, public).</summary>
internal sealed class OAuthForm
{
    public const string ClientId = "polydev-mcp";

    private const int MostBytes = 16 * 1024;

    private readonly IFormCollection _fields;

    private OAuthForm(IFormCollection fields) => _fields = fields;

    /// <summary>Null where it was not sent. What is empty counts as not sent, and nothing may be sent twice (RFC 6749, 3.2).</summary>
    /// <exception cref="OAuthException">It was sent twice.</exception>
    public string? this[string name] => _fields[name] switch
    {
        { Count: > 1 } => throw new OAuthException(OAuthErrors.InvalidRequest, $"{name} stands more than once."),
        var one => string.IsNullOrEmpty(one) ? null : one.ToString(),
    };

    /// <exception cref="OAuthException">It is missing.</exception>
    public string Require(string name) =>
        this[name] ?? throw new OAuthException(OAuthErrors.InvalidRequest, $"{name} is missing.");

    /// <summary>Reads the form, hands it on, and answers what goes wrong as RFC 6749 has it.</summary>
    public static async Task AnswerAsync(HttpContext context, Func<OAuthForm, Task> answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await answer(await ReadAsync(context));
        }
        catch (OAuthException e)
        {
            await RefuseAsync(context, e.Status, e.Body);
        }
        catch (ThrottledException e)
        {
            var wait = Math.Ceiling(e.Error.RetryAfter!.Value.TotalSeconds);
            context.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            await RefuseAsync(context, StatusCodes.Status429TooManyRequests, new OAuthError(OAuthErrors.Unavailable, e.Message));
        }
    }

    private static async Task<OAuthForm> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            throw new OAuthException(OAuthErrors.InvalidRequest, "Send application/x-www-form-urlencoded.");
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostBytes;
        OAuthForm form;
        try
        {
            form = new OAuthForm(await context.Request.ReadFormAsync(context.RequestAborted));
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            throw new OAuthException(OAuthErrors.InvalidRequest, "The form cannot be read.");
        }

        return form.Require("client_id") == ClientId
            ? form
            : throw new OAuthException(
                OAuthErrors.InvalidClient, $"This broker knows one client: {ClientId}.", StatusCodes.Status401Unauthorized);
    }

    private static Task RefuseAsync(HttpContext context, int status, OAuthError error)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, error, OAuthJson.Default.OAuthError);
    }

    public static Task WriteAsync<T>(HttpContext context, T body, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(body, type, cancellationToken: context.RequestAborted);
}

/// <summary>Ends a request with an error of RFC 6749, 5.2, or RFC 8628, 3.5.</summary>
internal sealed class OAuthException(string error, string description, int status = StatusCodes.Status400BadRequest)
    : Exception(description)
{
    public int Status { get; } = status;

    public OAuthError Body { get; } = new(error, description);
}

/// <summary>The words for what is wrong.</summary>
internal static class OAuthErrors
{
    public const string InvalidRequest = "invalid_request";
    public const string InvalidClient = "invalid_client";
    public const string InvalidGrant = "invalid_grant";
    public const string UnsupportedGrantType = "unsupported_grant_type";
    public const string Unavailable = "temporarily_unavailable";

    public const string Pending = "authorization_pending";
    public const string SlowDown = "slow_down";
    public const string Expired = "expired_token";
    public const string Denied = "access_denied";
}

internal sealed record OAuthError(string Error, string ErrorDescription);

/// <summary>The answer of <c>POST /oauth/device/code</c>; times in seconds.</summary>
internal sealed record DeviceCodeBody(
    string DeviceCode, string UserCode, string VerificationUri, string VerificationUriComplete, int ExpiresIn, int Interval);

/// <summary>The answer of <c>POST /oauth/token</c>.</summary>
/// <param name="MachineName">What the person has called the machine.</param>
internal sealed record TokenBody(string AccessToken, string TokenType, string MachineName);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OAuthError))]
[JsonSerializable(typeof(DeviceCodeBody))]
[JsonSerializable(typeof(TokenBody))]
internal sealed partial class OAuthJson : JsonSerializerContext;
