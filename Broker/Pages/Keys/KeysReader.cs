using Polydev.Broker.ApiKeys;
using Polydev.Broker.Calls;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Frame;

namespace Polydev.Broker.Pages.Keys;

/// <summary>Reads what the pages of keys show.</summary>
internal sealed class KeysReader(
    ApiKeyDirectory keys,
    MachineDirectory machines,
    IUsageStore usage,
    FrameReader frames,
    AllowanceReader allowances,
    TimeProvider time)
{
    /// <summary>Of a key's page, today too.</summary>
    public const int Days = 30;

    public Task<FrameModel> FrameAsync(string accountId, CancellationToken cancellationToken) =>
        frames.ReadAsync(accountId, cancellationToken);

    public async Task<KeysModel> ListAsync(string accountId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var good = (await keys.ListAsync(accountId, cancellationToken)).ToLookup(key => key.IsGoodAt(now));
        var calls = good[false].Any() ? await CallsInAllAsync(accountId, now, cancellationToken) : [];
        return new KeysModel(
            [.. good[true]],
            [.. good[false].OrderByDescending(EndOf).Select(key => new EndedKey(key, EndOf(key), calls.GetValueOrDefault(key.Id)))],
            await FrameAsync(accountId, cancellationToken));
    }

    /// <summary>Those that work, without the others.</summary>
    public async Task<KeysModel> GoodAsync(string accountId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var all = await keys.ListAsync(accountId, cancellationToken);
        var known = await machines.ListAsync(accountId, cancellationToken);
        return new KeysModel(
            [.. all.Where(key => key.IsGoodAt(now))], [], await frames.ReadAsync(accountId, all, known, cancellationToken));
    }

    public async Task<NewKeyModel> NewAsync(string accountId, CancellationToken cancellationToken) =>
        new(await allowances.ReadAsync(accountId, cancellationToken), await FrameAsync(accountId, cancellationToken));

    public async Task<KeyModel> OneAsync(ApiKey key, CancellationToken cancellationToken)
    {
        var accountId = key.Credential.AccountId;
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var query = new UsageQuery { AccountId = accountId, KeyId = key.Id, From = today.AddDays(1 - Days), To = today };
        return new KeyModel(
            key,
            await allowances.ReadAsync(accountId, cancellationToken),
            await usage.DaysAsync(query, cancellationToken),
            today,
            await FrameAsync(accountId, cancellationToken));
    }

    private static DateTimeOffset EndOf(ApiKey key) => key.Credential.RevokedAt ?? key.Credential.ExpiresAt!.Value;

    private async Task<Dictionary<string, long>> CallsInAllAsync(
        string accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var query = new UsageQuery { AccountId = accountId, From = DateOnly.MinValue, To = today, By = UsageGrouping.Key };
        return (await usage.SumsAsync(query, cancellationToken)).ToDictionary(sum => sum.Name, sum => sum.Totals.Calls);
    }
}

/// <param name="Good">Oldest first.</param>
/// <param name="Revoked">Those that have expired, too; the last to end first.</param>
public sealed record KeysModel(IReadOnlyList<ApiKey> Good, IReadOnlyList<EndedKey> Revoked, FrameModel Frame);

/// <param name="Calls">As far back as totals are kept.</param>
public sealed record EndedKey(ApiKey Key, DateTimeOffset EndedAt, long Calls);

public sealed record NewKeyModel(Allowance Allowance, FrameModel Frame);

/// <param name="Days">Those of the last <see cref="KeysReader.Days"/> that have calls, by UTC.</param>
public sealed record KeyModel(
    ApiKey Key, Allowance Allowance, IReadOnlyList<UsageOfDay> Days, DateOnly Today, FrameModel Frame);
