using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Pages.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Settings;

/// <summary>
/// What the account may do, how its pages look, who is signed in, and its tokens for programs. The form of a new token is sent to an
/// address that bears its draft's name, as that of a key is.
/// </summary>
internal sealed class SettingsPages(SettingsReader reader, AccountTokens tokens, ClientAddress clients, SignInOptions options)
{
    private static readonly TimeSpan DisplayLifetime = TimeSpan.FromDays(365);

    public Task ShowAsync(HttpContext context) => ShowAsync(context, SettingsForm.Empty);

    public async Task ShowAsync(HttpContext context, SettingsForm form)
    {
        var query = context.Request.Query;
        var model = await reader.ReadAsync(SessionCookie.Of(context)!, After(query["after"]), context.RequestAborted);
        await Page.WriteAsync<SettingsPage>(
            context,
            form.Status,
            (nameof(SettingsPage.Model), model),
            (nameof(SettingsPage.Form), form),
            (nameof(SettingsPage.Zones), ZoneChoice.Of(context.Request.Cookies)),
            (nameof(SettingsPage.JustRevoked), model.Revoked(query["revoked"])?.Name));
    }

    /// <summary>Kept in cookies of this browser; the broker knows nothing of it.</summary>
    public async Task SetDisplayAsync(HttpContext context)
    {
        var (theme, zone) = (context.Request.Form["theme"].ToString(), context.Request.Form["zone"].ToString());
        if (zone.Length > 0 && Viewer.ZoneOf(zone) is null)
        {
            await ShowAsync(context, SettingsForm.Empty with { ZoneProblem = "This broker knows no such time zone." });
            return;
        }

        Keep(context, Viewer.ThemeCookie, theme is "light" or "dark" ? theme : string.Empty);
        Keep(context, Viewer.ChosenZoneCookie, zone);
        Page.SeeOther(context, $"{PagePaths.Settings}#display");
    }

    /// <summary>Answers with the new token: the only page that ever holds it.</summary>
    public async Task CreateTokenAsync(HttpContext context)
    {
        var (account, name) = (AccountOf(context), context.Request.Form[ChangeFields.Name].ToString());
        try
        {
            var issued = await tokens.CreateOnceAsync(DraftOf(context), account, name, By(context), context.RequestAborted);
            await (issued is null
                ? ShowDraftAsync(context)
                : ShowTokenAsync(context, issued.Credential, issued.Secret.Reveal()));
        }
        catch (RefusedChangeException e)
        {
            await ShowAsync(context, SettingsForm.Empty with { TokenName = name, TokenProblem = e.Problems[0] });
        }
    }

    /// <summary>The address that the form of a draft was sent to, loaded again.</summary>
    public async Task ShowDraftAsync(HttpContext context)
    {
        var id = FormDraft.IdOf(CredentialKind.AccountToken, AccountOf(context), DraftOf(context));
        if (await tokens.FindAsync(AccountOf(context), id, context.RequestAborted) is { } made)
        {
            await ShowTokenAsync(context, made, secret: null);
            return;
        }

        await ErrorPages.NotFoundAsync(context);
    }

    public async Task RevokeTokenAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (await tokens.FindAsync(AccountOf(context), id, context.RequestAborted) is null)
        {
            await ErrorPages.NotFoundAsync(context);
            return;
        }

        // Whoever was faster, the page there tells the truth.
        await tokens.RevokeAsync(AccountOf(context), id, By(context), context.RequestAborted);
        Page.SeeOther(context, $"{PagePaths.Settings}?revoked={id}#tokens");
    }

    private static string AccountOf(HttpContext context) => SessionCookie.Of(context)!.AccountId;

    private static string DraftOf(HttpContext context) => (string)context.GetRouteValue("draft")!;

    private static string? After(string? id) => string.IsNullOrEmpty(id) ? null : id;

    private Actor By(HttpContext context) => SessionCookie.Of(context)!.By(clients.Of(context));

    private async Task ShowTokenAsync(HttpContext context, Credential token, string? secret) => await Page.WriteAsync<TokenPage>(
        context,
        (nameof(TokenPage.Token), token),
        (nameof(TokenPage.Secret), secret),
        (nameof(TokenPage.Frame), await reader.FrameAsync(token.AccountId, context.RequestAborted)));

    private void Keep(HttpContext context, string cookie, string value)
    {
        var rules = new CookieOptions
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = DisplayLifetime,
            Path = "/",
            SameSite = SameSiteMode.Lax,
            Secure = options.IsSecure,
        };
        if (value.Length == 0)
        {
            rules.MaxAge = null;
            context.Response.Cookies.Delete(cookie, rules);
            return;
        }

        context.Response.Cookies.Append(cookie, value, rules);
    }
}

internal static class SettingsPageEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<SettingsPages>();
        var data = routes.ServiceProvider.GetRequiredService<DataPages>();
        var rules = PageRules.RequireAccount;
        routes.MapPage(PagePaths.Settings, rules, context => pages.ShowAsync(context));
        routes.MapForm($"{PagePaths.Settings}/display", rules, context => pages.SetDisplayAsync(context));
        routes.MapPage($"{PagePaths.Settings}/tokens/{{draft}}", rules, context => pages.ShowDraftAsync(context));
        routes.MapForm($"{PagePaths.Settings}/tokens/{{draft}}", rules, context => pages.CreateTokenAsync(context));
        routes.MapForm($"{PagePaths.Settings}/tokens/{{id}}/revoke", rules, context => pages.RevokeTokenAsync(context));
        routes.MapForm($"{PagePaths.Settings}/export", rules, context => data.ExportAsync(context));
        routes.MapForm($"{PagePaths.Settings}/delete", rules, context => data.DeleteAsync(context));
    }
}

internal static class SettingsPageServices
{
    public static IServiceCollection AddSettingsPages(this IServiceCollection services) => services
        .AddSingleton<SettingsReader>()
        .AddSingleton<SettingsPages>()
        .AddSingleton<DataPages>();
}
