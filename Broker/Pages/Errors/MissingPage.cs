using Polydev.Broker.Pages.Frame;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Errors;

/// <summary>
/// Tells a browser in a page that there is none, or that it is asked for otherwise. Programs, and all that is below <c>/api</c>, keep the
/// API's answer.
/// </summary>
internal sealed class MissingPage(RequestDelegate next, SignInOptions options)
{
    /// <summary>Only a browser asks for HTML by name.</summary>
    public static bool IsForABrowser(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !context.Request.Path.StartsWithSegments("/api");

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.Response is { HasStarted: false, ContentLength: null, ContentType: null } response)
        {
            switch (response.StatusCode)
            {
                case StatusCodes.Status404NotFound:
                    PageSafety.Apply(context, options);
                    await ErrorPages.NoSuchPageAsync(context);
                    break;
                case StatusCodes.Status405MethodNotAllowed:
                    PageSafety.Apply(context, options);
                    await ErrorPages.NotAllowedAsync(context);
                    break;
            }
        }
    }
}
