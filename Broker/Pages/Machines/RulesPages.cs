using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Machines;

/// <summary>What callers may use of the subscriptions on one machine: overage and reserve of each CLI.</summary>
internal sealed class RulesPages(
    MachineDirectory machines, MachineRules rules, FrameReader frames, ClientAddress clients, TimeProvider time)
{
    private const string Saved = "saved";

    public static string PathOf(string id) => PagePaths.MachineUsage.Replace("{id}", id, StringComparison.Ordinal);

    public async Task ShowAsync(HttpContext context)
    {
        if (await FindAsync(context) is { } machine)
        {
            await ShowAsync(context, StatusCodes.Status200OK, machine, RulesForm.Of(machine));
        }
    }

    public async Task SaveAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } machine)
        {
            return;
        }

        var form = RulesForm.Read(context.Request.Form);
        if (form.Rules is not { } wanted)
        {
            await ShowAsync(context, StatusCodes.Status422UnprocessableEntity, machine, form);
            return;
        }

        var actor = SessionCookie.Of(context)!.By(clients.Of(context));
        if (await rules.SetAsync(AccountOf(context), machine.Id, wanted, actor, context.RequestAborted))
        {
            Page.SeeOther(context, $"{PathOf(machine.Id)}?said={Saved}");
            return;
        }

        await ErrorPages.NotFoundAsync(context);
    }

    private static string AccountOf(HttpContext context) => SessionCookie.Of(context)!.AccountId;

    private async Task ShowAsync(HttpContext context, int status, Machine machine, RulesForm form) => await Page.WriteAsync<RulesPage>(
        context,
        status,
        (nameof(RulesPage.Machine), machine),
        (nameof(RulesPage.Form), form),
        (nameof(RulesPage.Frame), await frames.ReadAsync(AccountOf(context), context.RequestAborted)),
        (nameof(RulesPage.IsSaved), context.Request.Query["said"] == Saved));

    // Null: the page has been answered.
    private async Task<Machine?> FindAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        if (await machines.FindAsync(AccountOf(context), id, context.RequestAborted) is { } machine
            && machine.Token.IsGoodAt(time.GetUtcNow()))
        {
            return machine;
        }

        await ErrorPages.NotFoundAsync(context);
        return null;
    }
}
