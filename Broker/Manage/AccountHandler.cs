using Polydev.Broker.AccountData;
using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Errors;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Manage;

/// <summary>The caller's account: what it may do, all that is kept of it, and its end.</summary>
internal sealed class AccountHandler(
    AccountBodyReader reader, IAccountStore accounts, AccountExport export, AccountDeletion deletion, TimeProvider time)
{
    public async Task GetAsync(HttpContext context)
    {
        var body = await reader.ReadAsync(ManageCaller.Of(context).AccountId, context.RequestAborted);
        await ManageJson.WriteAsync(context, body, ManageJson.Default.AccountBody);
    }

    public async Task ExportAsync(HttpContext context)
    {
        var (caller, response) = (ManageCaller.Of(context), context.Response);
        response.ContentType = "application/json";
        response.Headers.ContentDisposition = $"attachment; filename=\"polydev-{time.GetUtcNow().UtcDateTime:yyyy-MM-dd}.json\"";
        await export.WriteAsync(caller.AccountId, response.Body, context.RequestAborted);
    }

    /// <summary>As in the dashboard, the account's name must be given.</summary>
    public async Task DeleteAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var account = await accounts.FindAsync(caller.AccountId, context.RequestAborted)
            ?? throw new ManageException(ManageError.NotFound);
        if (body.Text(ChangeFields.Name) != account.Name)
        {
            throw new RefusedChangeException(new FieldProblem(ChangeFields.Name, "The account has another name."));
        }

        await deletion.DeleteAsync(caller.AccountId, caller.Actor, CancellationToken.None);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

/// <summary>Reads an account with its month.</summary>
internal sealed class AccountBodyReader(IAccountStore accounts, ApiKeyDirectory keys, TierOptions tiers, TimeProvider time)
{
    public async Task<AccountBody> ReadAsync(string accountId, CancellationToken cancellationToken) =>
        Of(await accounts.FindAsync(accountId, cancellationToken) ?? throw new ManageException(ManageError.NotFound),
            await keys.ListAsync(accountId, cancellationToken));

    public AccountBody Of(Account account, IReadOnlyList<ApiKey> all)
    {
        var tier = tiers.Of(account.Tier);

        // Each key has it beside its own; an account that never had a key has called nothing.
        var month = all.Count > 0
            ? all[0].Windows.AccountMonth
            : new QuotaWindow(
                QuotaWindowKind.AccountMonth,
                QuotaStarts.At(time.GetUtcNow()).Month,
                Used: 0,
                tier.Limit(QuotaWindowKind.AccountMonth));
        return new AccountBody
        {
            Id = account.Id,
            Name = account.Name,
            Tier = account.Tier.ToName(),
            CreatedAt = account.CreatedAt,
            Month = WindowBody.Of(month),
            PerHour = tier.Limit(QuotaWindowKind.Hour),
            PerDay = tier.Limit(QuotaWindowKind.Day),
            PerMonth = tier.Limit(QuotaWindowKind.Month),
        };
    }
}

/// <summary>An account, and what its tier allows each of its keys; null: any number.</summary>
internal sealed record AccountBody
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>"free", "premium" or "unlimited".</summary>
    public required string Tier { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The calls of all its keys.</summary>
    public required WindowBody Month { get; init; }

    public int? PerHour { get; init; }

    public int? PerDay { get; init; }

    public int? PerMonth { get; init; }
}
