using Microsoft.AspNetCore.Authentication;
using Polydev.Broker.Hosting;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages;

/// <summary>Signing in by a one-time link, and out again.</summary>
internal sealed class SignInPages(
    SignInLinks links, Sessions sessions, Throttle throttle, ClientAddress clients, SignInOptions options)
{
    public const string SignOutPath = "/sign-out";

    /// <summary>Where the link is, or a place to paste it.</summary>
    public static Task AskAsync(HttpContext context) => Page.WriteAsync(context, SignInMarkup.Ask(Page.FormField(context), problem: null));

    /// <summary>A look at a link uses nothing up.</summary>
    public async Task ShowAsync(HttpContext context, string link)
    {
        var seen = await TryAsync(context, () => links.LookAsync(link, context.RequestAborted));
        if (seen.State == SignInLinkState.Good)
        {
            var host = context.Request.Host.Value ?? string.Empty;
            await Page.WriteAsync(context, SignInMarkup.Confirm(Page.FormField(context), host, seen.Account!.Name, link));
            return;
        }

        await RefuseAsync(context, seen.State);
    }

    /// <summary>From the link's own page, or pasted: the whole link or what stands at its end.</summary>
    public async Task SignInAsync(HttpContext context)
    {
        var pasted = context.Request.Form["link"].ToString().Trim();
        var seen = await TryAsync(context, () => links.UseAsync(pasted[(pasted.LastIndexOf('/') + 1)..], context.RequestAborted));
        if (seen.State != SignInLinkState.Good)
        {
            await RefuseAsync(context, seen.State);
            return;
        }

        if (SessionCookie.Of(context) is { } before)
        {
            // Its cookie goes: nobody could end it by that any more.
            await sessions.EndAsync(before.Session, context.RequestAborted);
        }

        await SessionCookie.SignInAsync(context, seen.Account!, clients.Of(context));
        Page.SeeOther(context, ReturnPath.Take(context, options));
    }

    public static Task AskSignOutAsync(HttpContext context) =>
        Page.WriteAsync(context, SignInMarkup.SignOut(Page.FormField(context), SessionCookie.Of(context)!.AccountName));

    public async Task SignOutAsync(HttpContext context)
    {
        var signedIn = SessionCookie.Of(context)!;
        if (context.Request.Form["everywhere"] == "yes")
        {
            await sessions.EndAllAsync(signedIn.AccountId, signedIn.By(clients.Of(context)), context.RequestAborted);
        }
        else
        {
            await sessions.EndAsync(signedIn.Session, context.RequestAborted);
        }

        await context.SignOutAsync(SessionCookie.Scheme);
        Page.SeeOther(context, SignInLinks.Path);
    }

    // What signs nobody in counts against who brought it. A link that does is never refused: some page that has the browser ask for wrong
    // ones would keep its owner out.
    private async Task<SeenLink> TryAsync(HttpContext context, Func<Task<SeenLink>> find)
    {
        var seen = await find();
        if (seen.State != SignInLinkState.Good)
        {
            throttle.Enter(ThrottledTry.Link, clients.NetworkOf(context));
        }

        return seen;
    }

    private static Task RefuseAsync(HttpContext context, SignInLinkState state) => Page.WriteAsync(
        context,
        state == SignInLinkState.Unknown ? StatusCodes.Status404NotFound : StatusCodes.Status410Gone,
        SignInMarkup.Ask(Page.FormField(context), state));
}

internal static class SignInPageEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<SignInPages>();
        routes.MapMethods(SignInLinks.Path, PageEndpoints.Probes, SignInPages.AskAsync).WithMetadata(PageRules.Open);
        routes.MapPost(SignInLinks.Path, context => pages.SignInAsync(context)).WithMetadata(PageRules.Open);
        routes.MapMethods(
            $"{SignInLinks.Path}/{{link}}",
            PageEndpoints.Probes,
            context => pages.ShowAsync(context, (string)context.GetRouteValue("link")!)).WithMetadata(PageRules.Open);
        routes.MapMethods(SignInPages.SignOutPath, PageEndpoints.Probes, SignInPages.AskSignOutAsync)
            .WithMetadata(PageRules.RequireAccount);
        routes.MapPost(SignInPages.SignOutPath, context => pages.SignOutAsync(context)).WithMetadata(PageRules.RequireAccount);
    }
}
