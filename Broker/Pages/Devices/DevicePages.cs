using Polydev.Broker.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Devices;

/// <summary>Where a signed-in person enters the code of a machine, sees which machine asks, and decides.</summary>
internal sealed class DevicePages(DeviceLogins logins, Throttle throttle, ClientAddress clients, TimeProvider time)
{
    /// <summary>The decision of the form; any other is a denial.</summary>
    public const string Approve = "approve";

    /// <summary>Asks for the code, or shows what has become of the one in the address.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var typed = context.Request.Query["user_code"].ToString();
        if (typed.Length == 0)
        {
            await Page.WriteAsync<AskPage>(context);
            return;
        }

        var login = await FindAsync(context, typed);
        if (login is null)
        {
            await Page.WriteAsync<AskPage>(
                context, StatusCodes.Status404NotFound, (nameof(AskPage.Typed), typed), (nameof(AskPage.IsUnknown), true));
            return;
        }

        if (login.State == DeviceLoginState.Pending && login.ExpiresAt > time.GetUtcNow())
        {
            await Page.WriteAsync<ConfirmPage>(
                context,
                (nameof(ConfirmPage.Login), login),
                (nameof(ConfirmPage.Code), UserCode.Parse(typed)!),
                (nameof(ConfirmPage.Place), Place(context, login)));
            return;
        }

        await Page.WriteAsync<ResultPage>(context, (nameof(ResultPage.Said), login.State switch
        {
            DeviceLoginState.Approved =>
                $"{login.MachineName} is approved. Its terminal goes on by itself; you can close this page.",
            DeviceLoginState.Given => $"{login.MachineName} is connected. You can close this page.",
            DeviceLoginState.Denied => "Denied. Nothing was connected.",
            _ => "This code has ended. Run polydev-mcp login again.",
        }));
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
                login.UserCodeHash, person.AccountId, name, Approve: form["decision"] == Approve);
            try
            {
                await logins.DecideAsync(decision, person.By(clients.Of(context)), context.RequestAborted);
            }
            catch (RefusedChangeException e)
            {
                await Page.WriteAsync<ResultPage>(context, StatusCodes.Status409Conflict, (nameof(ResultPage.Said), e.Message));
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
        routes.MapPage(DeviceHandler.PagePath, PageRules.RequireAccount, context => pages.ShowAsync(context));
        routes.MapForm(DeviceHandler.PagePath, PageRules.RequireAccount, context => pages.DecideAsync(context));
    }
}
