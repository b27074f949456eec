using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Polydev.Broker.AccountData;
using Polydev.Broker.Accounts;
using Polydev.Broker.Pages.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages.Settings;

/// <summary>An account's data, handed to its owner or taken away.</summary>
internal sealed class DataPages(
    SettingsPages settings, IAccountDataStore data, AccountDeletion deletion, ClientAddress clients, TimeProvider time)
{
    /// <summary>The field that must hold the account's name, so that nobody deletes it by a click.</summary>
    public const string NameField = "account_name";

    private const int FlushFrom = 32 * 1024;

    /// <summary>A file of JSON: every row that is kept of the account, without the hashes of secrets. Written as it is read.</summary>
    public async Task ExportAsync(HttpContext context)
    {
        var (account, now) = (SessionCookie.Of(context)!.AccountId, time.GetUtcNow().UtcDateTime);
        var name = string.Create(CultureInfo.InvariantCulture, $"polydev-export-{now:yyyy-MM-dd}.json");
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await using var json = new Utf8JsonWriter(context.Response.Body, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("exported_at", now);
        json.WriteStartArray("rows");
        await foreach (var row in data.ExportAsync(account, context.RequestAborted))
        {
            json.WriteStartObject();
            json.WriteString("kind", row.Kind);
            json.WritePropertyName("values");
            row.Values.WriteTo(json);
            json.WriteEndObject();
            if (json.BytesPending > FlushFrom)
            {
                await json.FlushAsync(context.RequestAborted);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var signedIn = SessionCookie.Of(context)!;
        if (signedIn.AccountId == Account.OwnerId)
        {
            await ErrorPages.NotFoundAsync(context);
            return;
        }

        var typed = context.Request.Form[NameField].ToString();
        if (typed.Trim() != signedIn.AccountName)
        {
            await settings.ShowAsync(context, SettingsForm.Empty with
            {
                DeleteTyped = typed,
                DeleteProblem = "This is not the account’s name. Nothing was deleted.",
            });
            return;
        }

        // Not given up by a browser that leaves: what has begun is whole.
        await deletion.DeleteAsync(signedIn.AccountId, signedIn.By(clients.Of(context)), CancellationToken.None);
        await context.SignOutAsync(SessionCookie.Scheme);
        Page.SeeOther(context, SignInLinks.Path);
    }
}
