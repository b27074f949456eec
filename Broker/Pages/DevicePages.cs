using Polydev.Broker.Errors;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages;

/// <summary>Where a signed-in person enters the code of a machine, sees which machine asks, and decides.</summary>
internal sealed class DevicePages(DeviceLogins logins, Throttle throttle, ClientAddress clients, TimeProvider time)
{
    /// <summary>Asks for the code, or shows what has become of the one in the address.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var typed = context.Request.Query["user_code"].ToString();
        if (typed.Length == 0)
        {
            await Page.WriteAsync(context, DeviceMarkup.Ask(typed, isUnknown: false));
            return;
        }

        var login = await FindAsync(context, typed);
        if (login is null)
        {
            await Page.WriteAsync(context, StatusCodes.Status404NotFound, DeviceMarkup.Ask(typed, isUnknown: true));
            return;
        }

        var now = time.GetUtcNow();
        await Page.WriteAsync(context, login.State switch
        {
            DeviceLoginState.Approved => DeviceMarkup.Approved(login.MachineName),
            DeviceLoginState.Given => DeviceMarkup.Connected(login.MachineName),
            DeviceLoginState.Denied => DeviceMarkup.Denied,
            _ when login.ExpiresAt <= now => DeviceMarkup.Ended,
            _ => DeviceMarkup.Confirm(Page.FormField(context), login, Place(context, login), now),
        });
    }

    /// <summary>Decides; what came of it stands at the same address.</summary>
    public async Task DecideAsync(HttpContext context)
    {
        var form = context.Request.Form;
        var typed = form["user_code"].ToString();
        if (await FindAsync(context, typed) is { } login)
        {
            var name = DeviceLogins.NameOf(form["machine_name"]) ?? login.MachineName;
            var person = SessionCookie.Of(context)!;
            var decision = new DeviceDecision(
                login.UserCode, person.AccountId, name, Approve: form["decision"] == DeviceMarkup.Approve);
            try
            {
                await logins.DecideAsync(decision, person.By(clients.Of(context)), context.RequestAborted);
            }
            catch (RefusedChangeException e)
            {
                await Page.WriteAsync(context, StatusCodes.Status409Conflict, DeviceMarkup.Refused(e.Message));
                return;
            }
        }

        // Whoever was faster, the page there tells the truth.
        Page.SeeOther(context, $"{DeviceHandler.PagePath}?user_code={Uri.EscapeDataString(typed)}");
    }

    private MachinePlace Place(HttpContext context, DeviceLogin login) => !clients.IsSure(context) ? MachinePlace.Unknown
        : login.Address == clients.Of(context) ? MachinePlace.Here
        : MachinePlace.Elsewhere;

    // Codes are short: those that are none are counted against the address and against the account.
    private async Task<DeviceLogin?> FindAsync(HttpContext context, string typed)
    {
        var (network, accountId) = (clients.NetworkOf(context), SessionCookie.Of(context)!.AccountId);
        throttle.Enter(ThrottledTry.UserCode, $"address {network}");
        throttle.Enter(ThrottledTry.UserCode, $"account {accountId}");
        var login = await logins.FindAsync(typed, accountId, context.RequestAborted);
        if (login is not null)
        {
            throttle.GiveBack(ThrottledTry.UserCode, $"address {network}");
            throttle.GiveBack(ThrottledTry.UserCode, $"account {accountId}");
        }

        return login;
    }
}

internal static class DevicePageEndpoints
{
    public static void MapDevice(this IEndpointRouteBuilder routes)
    {
        var pages = routes.ServiceProvider.GetRequiredService<DevicePages>();
        routes.MapMethods(DeviceHandler.PagePath, PageEndpoints.Probes, context => pages.ShowAsync(context))
            .WithMetadata(PageRules.RequireAccount);
        routes.MapPost(DeviceHandler.PagePath, context => pages.DecideAsync(context)).WithMetadata(PageRules.RequireAccount);
    }
}
