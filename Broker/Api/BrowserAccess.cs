using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Primitives;

namespace Polydev.Broker.Api;

/// <summary>
/// Which web pages may call the API from a browser (CORS). A page may send only what its user's key allows, and never the user's cookies:
/// we have none. What is beside the API, the pages too, is for no other page.
/// </summary>
/// <param name="Origins">Of the form <c>https://host</c> or <c>app://host</c>; <see cref="All"/> for all.</param>
internal sealed record BrowserAccess(IReadOnlyList<string> Origins)
{
    public const string All = "*";

    /// <summary>On the command line, for no origin at all.</summary>
    public const string None = "none";

    private static readonly TimeSpan PreflightIsGoodFor = TimeSpan.FromHours(1);

    // What the SDKs and their users read of an answer; a browser shows a page no other header.
    private static readonly string[] Shown =
    [
        "x-request-id", "request-id", "openai-processing-ms", "openai-version", "anthropic-organization-id", "server-timing", "retry-after",
        "x-should-retry", "x-polydev-ignored", "x-polydev-altered", "x-polydev-estimated",
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
        "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
        "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset",
        "anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset",
        "anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset",
        "anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset",
    ];

    /// <summary>Those that were chosen; else all on a broker that is this machine's alone, and none on one that others reach.</summary>
    public static BrowserAccess Of(IReadOnlyList<string> chosen, Uri http, Uri? publicUrl) => new(
        chosen.Contains(All) ? [All]
        : chosen.Count > 0 ? [.. chosen.Where(origin => origin != None)]
        : http.IsLoopback && publicUrl?.IsLoopback != false ? [All]
        : []);

    /// <summary>The origin as a browser sends it, or null where the text is none: a path or a query has no place in it.</summary>
    public static string? Parse(string text)
    {
        if (text is All or None)
        {
            return text;
        }

        // What stands before the path is all that a browser sends. Apps have schemes of their own: app://obsidian.md.
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.UserInfo.Length == 0
            && text.TrimEnd('/').Length == $"{uri.Scheme}://".Length + uri.Authority.Length
            ? text.TrimEnd('/').ToLowerInvariant()
            : null;
    }

    /// <summary>
    /// Answers preflights, and marks every answer, an error too, for the page that asked. A preflight brings no key.
    /// </summary>
    public void Use(IApplicationBuilder app, Func<HttpRequest, bool> isApi)
    {
        if (Origins.Count > 0)
        {
            // Callers that are no browsers do not pass through it: it makes a service scope for each call.
            app.UseWhen(
                context => !StringValues.IsNullOrEmpty(context.Request.Headers.Origin) && isApi(context.Request),
                browser => browser.UseCors(Allow));
        }

        app.UseWhen(
            context => HttpMethods.IsOptions(context.Request.Method) && isApi(context.Request),
            options => options.Run(static context =>
            {
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                context.Response.Headers.Allow = "GET, HEAD, POST, OPTIONS";
                return Task.CompletedTask;
            }));
    }

    private void Allow(CorsPolicyBuilder policy) => policy
        .WithOrigins([.. Origins])
        .AllowAnyHeader()
        .WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post)
        .WithExposedHeaders(Shown)
        .SetPreflightMaxAge(PreflightIsGoodFor);
}
