using Polydev.Broker.Errors;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Machines;

/// <summary>The owner's computers: which are up, and does one need him?</summary>
internal sealed class MachinePages(
    MachineDirectory machines, MachineTokens tokens, FrameReader frames, ClientAddress clients, TimeProvider time) : ILivePage
{
    public const string LiveName = "machines";

    public string Name => LiveName;

    public static string NameOf(string id) => PagePaths.MachineName.Replace("{id}", id, StringComparison.Ordinal);

    public static string RevocationOf(string id) => PagePaths.MachineRevocation.Replace("{id}", id, StringComparison.Ordinal);

    public async Task<PageContent> ReadAsync(string accountId, PageContent? before, CancellationToken cancellationToken) =>
        new(typeof(MachinesPage), new Dictionary<string, object?>
        {
            [nameof(MachinesPage.Model)] = await ModelAsync(accountId, cancellationToken),
        });

    /// <summary>With <c>?rename=</c> and a machine's id its name is a field.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var model = await ModelAsync(AccountOf(context), context.RequestAborted);
        var renamed = model.Known.FirstOrDefault(machine => machine.Id == context.Request.Query["rename"]);
        await ShowAsync(
            context, StatusCodes.Status200OK, model, renamed is null ? null : new RenameForm(renamed.Id, renamed.Name));
    }

    public async Task RenameAsync(HttpContext context)
    {
        var (id, name) = (IdOf(context), context.Request.Form["name"].ToString());
        try
        {
            if (!await tokens.RenameAsync(AccountOf(context), id, name, ActorOf(context), context.RequestAborted))
            {
                await ErrorPages.NotFoundAsync(context);
                return;
            }
        }
        catch (RefusedChangeException e)
        {
            var model = await ModelAsync(AccountOf(context), context.RequestAborted);
            await (model.Known.Any(machine => machine.Id == id)
                ? ShowAsync(context, StatusCodes.Status422UnprocessableEntity, model, new RenameForm(id, name, e.Message))
                : ErrorPages.NotFoundAsync(context));
            return;
        }

        Page.SeeOther(context, $"{PagePaths.Machines}#menu-{id}");
    }

    public async Task AskToRevokeAsync(HttpContext context)
    {
        var accountId = AccountOf(context);
        var known = (await ModelAsync(accountId, context.RequestAborted)).Known;
        if (known.FirstOrDefault(machine => machine.Id == IdOf(context)) is not { } machine)
        {
            await ErrorPages.NotFoundAsync(context);
            return;
        }

        await Page.WriteAsync<RevokePage>(
            context,
            (nameof(RevokePage.Machine), machine),
            (nameof(RevokePage.Others), known.Count(other => other.IsOnline && other.Id != machine.Id)),
            (nameof(RevokePage.Frame), await frames.ReadAsync(accountId, context.RequestAborted)));
    }

    public async Task RevokeAsync(HttpContext context)
    {
        if (await tokens.RevokeAsync(AccountOf(context), IdOf(context), ActorOf(context), context.RequestAborted))
        {
            Page.SeeOther(context, PagePaths.Machines);
            return;
        }

        await ErrorPages.NotFoundAsync(context);
    }

    private static string AccountOf(HttpContext context) => SessionCookie.Of(context)!.AccountId;

    private static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static Task ShowAsync(HttpContext context, int status, MachinesModel model, RenameForm? rename) =>
        Page.WriteAsync<MachinesPage>(
        context, status, (nameof(MachinesPage.Model), model), (nameof(MachinesPage.Rename), rename));

    private Audit.Actor ActorOf(HttpContext context) => SessionCookie.Of(context)!.By(clients.Of(context));

    private async Task<MachinesModel> ModelAsync(string accountId, CancellationToken cancellationToken)
    {
        var all = await machines.ListAsync(accountId, cancellationToken);
        return MachinesModel.Of(all, await frames.ReadAsync(accountId, all, cancellationToken), time.GetUtcNow());
    }
}

internal static class MachinePageEndpoints
{
    public static void MapMachines(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<MachinePages>();
        routes.MapPage(PagePaths.Machines, PageRules.RequireAccount, context => pages.ShowAsync(context));
        routes.MapForm(PagePaths.MachineName, PageRules.RequireAccount, context => pages.RenameAsync(context));
        var rules = routes.ServiceProvider.GetRequiredService<RulesPages>();
        routes.MapPage(PagePaths.MachineUsage, PageRules.RequireAccount, context => rules.ShowAsync(context));
        routes.MapForm(PagePaths.MachineUsage, PageRules.RequireAccount, context => rules.SaveAsync(context));
        routes.MapPage(PagePaths.MachineRevocation, PageRules.RequireAccount, context => pages.AskToRevokeAsync(context));
        routes.MapForm(PagePaths.MachineRevocation, PageRules.RequireAccount, context => pages.RevokeAsync(context));
    }
}
