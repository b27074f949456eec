using Microsoft.AspNetCore.Authentication;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;
using Polydev.Broker.SignIn.OpenId;

namespace Polydev.Broker.Pages.SignIn;

/// <summary>Signing in by a one-time link, and out again.</summary>
internal sealed class SignInPages(
    SignInLinks links, Sessions sessions, Throttle throttle, ClientAddress clients, SignInOptions options)
{
    /// <summary>Where the link is, or a place to paste it; with a provider, the way there, and what has gone wrong at it.</summary>
    public static Task AskAsync(HttpContext context) => AskAsync(context, StatusCodes.Status200OK, problem: null);

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
        var seen = ProviderOf(context) is { Options.TakesLinks: false } ? new SeenLink(SignInLinkState.Unknown, null) : await find();
        if (seen.State != SignInLinkState.Good)
        {
            throttle.Enter(ThrottledTry.Link, clients.NetworkOf(context));
        }

        return seen;
    }

    private static Task RefuseAsync(HttpContext context, SignInLinkState state) =>
        AskAsync(context, state == SignInLinkState.Unknown ? StatusCodes.Status404NotFound : StatusCodes.Status410Gone, state);

    private static Task AskAsync(HttpContext context, int status, SignInLinkState? problem) => ProviderOf(context) is { } provider
        ? Page.WriteAsync<ProviderPage>(
            context,
            status,
            (nameof(ProviderPage.Provider), provider.Options.Name),
            (nameof(ProviderPage.TakesLinks), provider.Options.TakesLinks),
            (nameof(ProviderPage.LinkProblem), problem),
            (nameof(ProviderPage.Problem), SignInProblems.Of(context) ?? (provider.IsSilent ? SignInProblem.NotAnswering : null)))
        : Page.WriteAsync<AskPage>(context, status, (nameof(AskPage.Problem), problem));

    // Null where people sign in by links alone.
    private static OpenIdProvider? ProviderOf(HttpContext context) => context.RequestServices.GetService<OpenIdProvider>();
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
        if (routes.ServiceProvider.GetService<OpenIdSignIn>() is { } signIn)
        {
            MapProvider(routes, signIn);
        }
    }

    private static void MapProvider(IEndpointRouteBuilder routes, OpenIdSignIn signIn)
    {
        routes.MapPage(OpenIdSignIn.StartPath, PageRules.Open, signIn.StartAsync);
        routes.MapPage(OpenIdSignIn.CallbackPath, PageRules.Open, OpenIdSignIn.TakeAnswerAsync);
        if (routes.ServiceProvider.GetRequiredService<OpenIdOptions>().AnswersByForm)
        {
            routes.MapForm(OpenIdSignIn.CallbackPath, PageRules.OpenToForms, OpenIdSignIn.TakeAnswerAsync);
        }
    }
}
