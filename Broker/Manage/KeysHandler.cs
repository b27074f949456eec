using Polydev.Broker.ApiKeys;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Manage;

/// <summary>API keys of the caller's account.</summary>
internal sealed class KeysHandler(ApiKeyDirectory keys)
{
    public async Task ListAsync(HttpContext context)
    {
        var all = await keys.ListAsync(ManageCaller.Of(context).AccountId, context.RequestAborted);
        await ManageJson.WriteAsync(context, new KeysBody([.. all.Select(KeyBody.Of)]), ManageJson.Default.KeysBody);
    }

    public async Task GetAsync(HttpContext context) => await WriteAsync(context, await FindAsync(context));

    public async Task CreateAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var limits = LimitsOf(body, default);
        var issued = await keys.CreateAsync(
            caller.AccountId, body.Text(ChangeFields.Name), limits, caller.Actor, context.RequestAborted)
            ?? throw new ManageException(ManageError.NotFound);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await WriteSecretAsync(context, issued);
    }

    /// <summary>What is left out stays. Where the name is refused, the limits have not been changed.</summary>
    public async Task ChangeAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var key = await FindAsync(context);
        var wanted = LimitsOf(body, new KeyLimits(key.Credential.PerHour, key.Credential.PerDay, key.Credential.PerMonth));
        var hasLimits = body.Has(ChangeFields.PerHour) || body.Has(ChangeFields.PerDay) || body.Has(ChangeFields.PerMonth);
        var name = body.Has(ChangeFields.Name) ? CredentialName.Read(body.Text(ChangeFields.Name)) : null;
        if (hasLimits && !await keys.SetLimitsAsync(caller.AccountId, key.Id, wanted, caller.Actor, context.RequestAborted))
        {
            throw Revoked();
        }

        if (name is not null && !await keys.RenameAsync(caller.AccountId, key.Id, name, caller.Actor, context.RequestAborted))
        {
            throw Revoked();
        }

        await WriteAsync(context, await FindAsync(context));
    }

    public async Task RevokeAsync(HttpContext context)
    {
        var (caller, key) = (ManageCaller.Of(context), await FindAsync(context));

        // Not to be cancelled halfway: the caller may go as soon as it has asked.
        if (!await keys.RevokeAsync(caller.AccountId, key.Id, caller.Actor, CancellationToken.None))
        {
            throw Revoked();
        }

        await WriteAsync(context, await FindAsync(context));
    }

    public async Task RotateAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var key = await FindAsync(context);
        var life = body.Text(ManageFields.OldSecret) switch
        {
            ManageFields.OneDay => OldSecretLife.OneDay,
            ManageFields.SevenDays => OldSecretLife.SevenDays,
            _ => OldSecretLife.None,
        };
        var issued = await keys.RotateAsync(caller.AccountId, key.Id, life, caller.Actor, context.RequestAborted) ?? throw Revoked();
        await WriteSecretAsync(context, issued);
    }

    public async Task EndOldSecretAsync(HttpContext context)
    {
        var (caller, key) = (ManageCaller.Of(context), await FindAsync(context));
        if (!await keys.EndOldSecretAsync(caller.AccountId, key.Id, caller.Actor, context.RequestAborted))
        {
            throw new RefusedChangeException("The key has no old secret that is good.");
        }

        await WriteAsync(context, await FindAsync(context));
    }

    private static RefusedChangeException Revoked() => new("The key has been revoked, or has ended.");

    private static KeyLimits LimitsOf(ManageBody body, KeyLimits before) => new(
        body.Has(ChangeFields.PerHour) ? body.Number(ChangeFields.PerHour) : before.PerHour,
        body.Has(ChangeFields.PerDay) ? body.Number(ChangeFields.PerDay) : before.PerDay,
        body.Has(ChangeFields.PerMonth) ? body.Number(ChangeFields.PerMonth) : before.PerMonth);

    private async Task<ApiKey> FindAsync(HttpContext context) =>
        await keys.FindAsync(
            ManageCaller.Of(context).AccountId, (string)context.GetRouteValue(ManageFields.KeyId)!, context.RequestAborted)
        ?? throw new ManageException(ManageError.NotFound);

    // Read again, so that it tells what a later look would.
    private async Task WriteSecretAsync(HttpContext context, IssuedCredential issued)
    {
        var key = await keys.FindAsync(issued.Credential.AccountId, issued.Credential.Id, CancellationToken.None)
            ?? throw new ManageException(ManageError.NotFound);
        var body = KeyBody.Of(key) with { Secret = issued.Secret.Reveal() };
        await ManageJson.WriteAsync(context, body, ManageJson.Default.KeyBody);
    }

    private static Task WriteAsync(HttpContext context, ApiKey key) =>
        ManageJson.WriteAsync(context, KeyBody.Of(key), ManageJson.Default.KeyBody);
}

/// <summary>Revoked ones too, oldest first.</summary>
internal sealed record KeysBody(IReadOnlyList<KeyBody> Keys);

/// <summary>An API key. Its own limits are null where its tier's hold.</summary>
internal sealed record KeyBody
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The key itself, told once: when it is made, and when it is rotated.</summary>
    public string? Secret { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }

    /// <summary>While it rotates: until when the secret before is good.</summary>
    public DateTimeOffset? OldSecretEndsAt { get; init; }

    public DateTimeOffset? OldSecretLastUsedAt { get; init; }

    public required IReadOnlyList<WindowBody> Windows { get; init; }

    public static KeyBody Of(ApiKey key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        CreatedAt = key.Credential.CreatedAt,
        RevokedAt = key.Credential.RevokedAt,
        ExpiresAt = key.Credential.ExpiresAt,
        LastUsedAt = key.LastUsedAt,
        PerHour = key.Credential.PerHour,
        PerDay = key.Credential.PerDay,
        PerMonth = key.Credential.PerMonth,
        OldSecretEndsAt = key.OldSecret?.EndsAt,
        OldSecretLastUsedAt = key.OldSecret?.LastUsedAt,
        Windows = [.. key.Windows.All.Select(WindowBody.Of)],
    };
}

/// <summary>One window; without a limit, limit and remaining are null.</summary>
/// <param name="Window">"hour", "day", "month" of a key, or "account_month".</param>
internal sealed record WindowBody(string Window, int Used, int? Limit, int? Remaining, DateTimeOffset ResetsAt)
{
    public static WindowBody Of(QuotaWindow window) => new(
        window.Kind switch
        {
            QuotaWindowKind.Hour => "hour",
            QuotaWindowKind.Day => "day",
            QuotaWindowKind.Month => "month",
            _ => "account_month",
        },
        window.Used,
        window.Limit,
        window.Remaining,
        window.ResetsAt);
}
