using Microsoft.AspNetCore.Antiforgery;
using Polydev.Broker.Hosting;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages;

/// <summary>The frame of every page that stands alone. The parts inside are made by <c>…Markup</c>, which know no request.</summary>
internal static class Page
{
    public static Task WriteAsync(HttpContext context, int status, PageContent content)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        return response.WriteAsync(Frame(content, SessionCookie.Of(context)).Text, context.RequestAborted);
    }

    public static Task WriteAsync(HttpContext context, PageContent content) => WriteAsync(context, StatusCodes.Status200OK, content);

    /// <summary>To where a form's result stands: a reload there sends nothing again.</summary>
    public static void SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }

    /// <summary>The field that every form of ours bears, see <see cref="PageGate"/>.</summary>
    public static Html FormField(HttpContext context)
    {
        var forms = context.RequestServices.GetRequiredService<IAntiforgery>();
        var tokens = forms.GetAndStoreTokens(context);
        return Html.Of($"""<input type="hidden" name="{tokens.FormFieldName}" value="{tokens.RequestToken}">""");
    }

    private static Html Frame(PageContent content, SignedIn? signedIn) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{content.Title} · Polydev</title>
        <link rel="stylesheet" href="{StyleSheet.Path}">
        </head>
        <body>
        <div class="plain">
        <header class="plain-top"><a class="brand" href="/">Polydev</a>{Who(signedIn)}</header>
        <main class="plain-main" id="main">
        <div class="slip">
        {content.Body}
        </div>
        </main>
        <footer class="plain-foot"><span>Polydev {BrokerVersion.Text}</span><a href="/">Status</a></footer>
        </div>
        </body>
        </html>
        """);

    private static Html Who(SignedIn? signedIn) => signedIn is null
        ? Html.None
        : Html.Of($"""<span class="small muted">{signedIn.AccountName} · <a href="{SignInPages.SignOutPath}">Sign out</a></span>""");
}

/// <summary>What one page says.</summary>
/// <param name="Title">Plain text, of the browser's tab.</param>
internal sealed record PageContent(string Title, Html Body);
