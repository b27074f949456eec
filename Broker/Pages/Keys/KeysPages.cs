using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Keys;

/// <summary>
/// Which key is near or past a limit, and how one comes to be. The form of a new key is sent to an address that bears its draft's name: who
/// loads that again is told that the key was shown, and nothing of its secret is kept anywhere.
/// </summary>
internal sealed class KeysPages(KeysReader reader, ApiKeyDirectory keys, TrialCalls trials, ClientAddress clients) : ILivePage
{
    public const string LiveName = "keys";

    public string Name => LiveName;

    public async Task<PageContent> ReadAsync(string accountId, PageContent? before, CancellationToken cancellationToken) =>
        new(typeof(KeysPage), new Dictionary<string, object?>
        {
            [nameof(KeysPage.Model)] = await reader.GoodAsync(accountId, cancellationToken),
        });

    public async Task ListAsync(HttpContext context)
    {
        var model = await reader.ListAsync(AccountOf(context), context.RequestAborted);
        var revoked = model.Revoked.FirstOrDefault(key => key.Key.Id == context.Request.Query["revoked"]);
        await Page.WriteAsync<KeysPage>(context, (nameof(KeysPage.Model), model), (nameof(KeysPage.JustRevoked), revoked?.Key.Name));
    }

    public Task AskAsync(HttpContext context) => AskAsync(context, FormDraft.NewName(), KeyForm.Empty);

    /// <summary>The address that the form of a draft was sent to, loaded again.</summary>
    public async Task ShowDraftAsync(HttpContext context)
    {
        var id = FormDraft.IdOf(CredentialKind.ApiKey, AccountOf(context), DraftOf(context));
        if (await keys.FindAsync(AccountOf(context), id, context.RequestAborted) is { } made)
        {
            await TellShownAsync(context, made);
            return;
        }

        await AskAsync(context, DraftOf(context), KeyForm.Empty);
    }

    /// <summary>Answers with the new key: the only page that ever holds it.</summary>
    public async Task CreateAsync(HttpContext context)
    {
        var (draft, form) = (DraftOf(context), KeyForm.Read(context.Request.Form));
        try
        {
            var issued = await keys.CreateOnceAsync(
                draft, AccountOf(context), form.Name, form.ReadLimits(), By(context), context.RequestAborted);
            await (issued is null ? ShowDraftAsync(context) : ShowSecretAsync(context, issued));
        }
        catch (RefusedChangeException e)
        {
            await AskAsync(context, draft, form with { Problems = e.Problems });
        }
    }

    public async Task ShowSecretAsync(HttpContext context, IssuedCredential issued)
    {
        var key = await keys.FindAsync(AccountOf(context), issued.Credential.Id, context.RequestAborted)
            ?? throw new InvalidOperationException("A key that has just been given a secret has gone.");
        await Page.WriteAsync<SecretPage>(
            context,
            (nameof(SecretPage.Key), key),
            (nameof(SecretPage.Secret), issued.Secret.Reveal()),
            (nameof(SecretPage.Trial), await trials.OfAsync(key, context.RequestAborted)),
            (nameof(SecretPage.Frame), await reader.FrameAsync(AccountOf(context), context.RequestAborted)));
    }

    public async Task TellShownAsync(HttpContext context, ApiKey key) => await Page.WriteAsync<ShownPage>(
        context,
        (nameof(ShownPage.Key), key),
        (nameof(ShownPage.Frame), await reader.FrameAsync(AccountOf(context), context.RequestAborted)));

    public static string AccountOf(HttpContext context) => SessionCookie.Of(context)!.AccountId;

    public Actor By(HttpContext context) => SessionCookie.Of(context)!.By(clients.Of(context));

    private static string DraftOf(HttpContext context) => (string)context.GetRouteValue("draft")!;

    private async Task AskAsync(HttpContext context, string draft, KeyForm form) => await Page.WriteAsync<NewKeyPage>(
        context,
        form.Status,
        (nameof(NewKeyPage.Model), await reader.NewAsync(AccountOf(context), context.RequestAborted)),
        (nameof(NewKeyPage.Draft), draft),
        (nameof(NewKeyPage.Form), form));
}

internal static class KeysPageEndpoints
{
    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        var all = routes.ServiceProvider.GetRequiredService<KeysPages>();
        var one = routes.ServiceProvider.GetRequiredService<KeyPages>();
        var rules = PageRules.RequireAccount;
        routes.MapPage(PagePaths.Keys, rules, context => all.ListAsync(context));
        routes.MapPage($"{PagePaths.Keys}/new", rules, context => all.AskAsync(context));
        routes.MapPage($"{PagePaths.Keys}/new/{{draft}}", rules, context => all.ShowDraftAsync(context));
        routes.MapForm($"{PagePaths.Keys}/new/{{draft}}", rules, context => all.CreateAsync(context));
        routes.MapPage(PagePaths.Key("{id}"), rules, context => one.ShowAsync(context));
        routes.MapForm(PagePaths.Key("{id}"), rules, context => one.SaveAsync(context));
        routes.MapPage($"{PagePaths.Key("{id}")}/revoke", rules, context => one.AskRevokeAsync(context));
        routes.MapForm($"{PagePaths.Key("{id}")}/revoke", rules, context => one.RevokeAsync(context));
        routes.MapPage($"{PagePaths.Key("{id}")}/secrets/{{number}}", rules, context => one.ShowSecretAsync(context));
        routes.MapForm($"{PagePaths.Key("{id}")}/secrets/{{number}}", rules, context => one.RotateAsync(context));
        routes.MapForm($"{PagePaths.Key("{id}")}/end-old-secret", rules, context => one.EndOldSecretAsync(context));
    }
}

internal static class KeysPageServices
{
    public static IServiceCollection AddKeysPages(this IServiceCollection services) => services
        .AddSingleton<TrialCalls>()
        .AddSingleton<KeysReader>()
        .AddSingleton<KeyPages>();
}
