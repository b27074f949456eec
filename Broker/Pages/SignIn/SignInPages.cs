using Microsoft.AspNetCore.Authentication;
using Polydev.Broker.Hosting;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.SignIn;

/// <summary>Signing in by a one-time link, and out again.</summary>
internal sealed class SignInPages(
    SignInLinks links, Sessions sessions, Throttle throttle, ClientAddress clients, SignInOptions options)
{
    /// <summary>Where the link is, or a place to paste it.</summary>
    public static Task AskAsync(HttpContext context) => Page.WriteAsync<AskPage>(context);

    /// <summary>A look at a link uses nothing up.</summary>
    public async Task ShowAsync(HttpContext context, string link)
    {
        var seen = await TryAsync(context, () => links.LookAsync(link, context.RequestAborted));
        if (seen.State == SignInLinkState.Good)
        {
            await Page.WriteAsync<ConfirmPage>(
                context, (nameof(ConfirmPage.Account), seen.Account!.Name), (nameof(ConfirmPage.Link), link));
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

    public static Task AskSignOutAsync(HttpContext context) => Page.WriteAsync<SignOutPage>(context);

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

    private static Task RefuseAsync(HttpContext context, SignInLinkState state) => Page.WriteAsync<AskPage>(
        context,
        state == SignInLinkState.Unknown ? StatusCodes.Status404NotFound : StatusCodes.Status410Gone,
        (nameof(AskPage.Problem), state));
}

internal static class SignInPageEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<SignInPages>();
        routes.MapPage(SignInLinks.Path, PageRules.Open, SignInPages.AskAsync);
        routes.MapForm(SignInLinks.Path, PageRules.Open, context => pages.SignInAsync(context));
        routes.MapPage(
            $"{SignInLinks.Path}/{{link}}",
            PageRules.Open,
            context => pages.ShowAsync(context, (string)context.GetRouteValue("link")!));
        routes.MapPage(PagePaths.SignOut, PageRules.RequireAccount, SignInPages.AskSignOutAsync);
        routes.MapForm(PagePaths.SignOut, PageRules.RequireAccount, context => pages.SignOutAsync(context));
    }
}
