using System.Globalization;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Errors;
using Polydev.Broker.Pages.Errors;
using Polydev.Broker.Pages.Frame;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Keys;

/// <summary>
/// One key: its windows and limits, another secret, its end. A rotation is sent to an address that bears the number of the secret to come:
/// sent again, it makes no second one.
/// </summary>
internal sealed class KeyPages(KeysReader reader, ApiKeyDirectory keys, KeysPages all, TimeProvider time)
{
    /// <summary>What the page says of the form that was sent, by the word in its address.</summary>
    public const string Saved = "saved";

    public const string Ended = "ended";

    private static readonly FieldProblem NoLife = new(KeyForm.OldSecret, "Choose how long the old secret works.");

    public async Task ShowAsync(HttpContext context)
    {
        if (await FindAsync(context) is { } key)
        {
            await ShowAsync(context, key, KeyForm.Of(key));
        }
    }

    public async Task SaveAsync(HttpContext context)
    {
        if (await FindGoodAsync(context) is not { } key)
        {
            return;
        }

        var form = KeyForm.Read(context.Request.Form);
        try
        {
            await keys.ChangeAsync(
                key.Credential.AccountId, key.Id, form.Name, form.ReadLimits(), all.By(context), context.RequestAborted);
            Page.SeeOther(context, $"{PagePaths.Key(key.Id)}?said={Saved}");
        }
        catch (RefusedChangeException e)
        {
            await ShowAsync(context, key, form with { Problems = e.Problems });
        }
    }

    public async Task AskRevokeAsync(HttpContext context)
    {
        if (await FindGoodAsync(context) is { } key)
        {
            await Page.WriteAsync<RevokePage>(context, (nameof(RevokePage.Key), key));
        }
    }

    public async Task RevokeAsync(HttpContext context)
    {
        if (await FindAsync(context) is { } key)
        {
            // Whoever was faster, the page there tells the truth.
            await keys.RevokeAsync(key.Credential.AccountId, key.Id, all.By(context), context.RequestAborted);
            Page.SeeOther(context, $"{PagePaths.Keys}?revoked={key.Id}");
        }
    }

    /// <summary>The address that a rotation was sent to, loaded again.</summary>
    public async Task ShowSecretAsync(HttpContext context)
    {
        if (await FindGoodAsync(context) is not { } key)
        {
            return;
        }

        if (NumberOf(context) > key.Credential.SecretNumber)
        {
            Page.SeeOther(context, $"{PagePaths.Key(key.Id)}#rotate");
            return;
        }

        await all.TellShownAsync(context, key);
    }

    /// <summary>Answers with the new secret: the only page that ever holds it.</summary>
    public async Task RotateAsync(HttpContext context)
    {
        if (await FindGoodAsync(context) is not { } key)
        {
            return;
        }

        if (NumberOf(context) <= key.Credential.SecretNumber)
        {
            await all.TellShownAsync(context, key);
            return;
        }

        try
        {
            var issued = await keys.RotateAsync(
                key.Credential.AccountId, key.Id, LifeOf(context), all.By(context), context.RequestAborted);
            await (issued is null ? ErrorPages.NotFoundAsync(context) : all.ShowSecretAsync(context, issued));
        }
        catch (RefusedChangeException e)
        {
            await ShowAsync(context, key, KeyForm.Of(key) with
            {
                Problems = [.. e.Problems.Select(problem => problem with { Field = KeyForm.OldSecret })],
            });
        }
    }

    public async Task EndOldSecretAsync(HttpContext context)
    {
        if (await FindGoodAsync(context) is { } key)
        {
            await keys.EndOldSecretAsync(key.Credential.AccountId, key.Id, all.By(context), context.RequestAborted);
            Page.SeeOther(context, $"{PagePaths.Key(key.Id)}?said={Ended}#rotate");
        }
    }

    private async Task ShowAsync(HttpContext context, ApiKey key, KeyForm form) => await Page.WriteAsync<KeyPage>(
        context,
        form.Status,
        (nameof(KeyPage.Model), await reader.OneAsync(key, context.RequestAborted)),
        (nameof(KeyPage.Form), form),
        (nameof(KeyPage.Said), context.Request.Query["said"].ToString()));

    /// <exception cref="RefusedChangeException">None was chosen.</exception>
    private static OldSecretLife LifeOf(HttpContext context) => context.Request.Form[KeyForm.OldSecret].ToString() switch
    {
        RotateForm.OneDay => OldSecretLife.OneDay,
        RotateForm.SevenDays => OldSecretLife.SevenDays,
        RotateForm.None => OldSecretLife.None,
        _ => throw new RefusedChangeException(NoLife),
    };

    // What is no number is none of a secret to come: its page says where to rotate.
    private static int NumberOf(HttpContext context) =>
        int.TryParse((string)context.GetRouteValue("number")!, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : int.MaxValue;

    private async Task<ApiKey?> FindGoodAsync(HttpContext context) =>
        await FindAsync(context, mustBeGood: true);

    // Null: the page has been answered.
    private async Task<ApiKey?> FindAsync(HttpContext context, bool mustBeGood = false)
    {
        var id = (string)context.GetRouteValue("id")!;
        var key = await keys.FindAsync(KeysPages.AccountOf(context), id, context.RequestAborted);
        if (key is null || (mustBeGood && !key.IsGoodAt(time.GetUtcNow())))
        {
            await ErrorPages.NotFoundAsync(context);
            return null;
        }

        return key;
    }
}
