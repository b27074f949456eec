using Polydev.Broker.ApiKeys;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Overview;

/// <summary>A window that may soon refuse a call, or does.</summary>
/// <param name="Key">Whose it is; null: the account's.</param>
internal sealed record NearLimit(QuotaWindow Window, ApiKey? Key)
{
    /// <summary>Of several, so many are shown.</summary>
    public const int Most = 3;

    private double Share => Window.Limit is > 0 and var limit ? (double)Window.Used / limit : 1;

    /// <summary>Those that are used up, then the nearest; none without a limit.</summary>
    public static IReadOnlyList<NearLimit> Of(IReadOnlyList<ApiKey> keys)
    {
        var ofKeys = keys.SelectMany(key => new[] { key.Windows.Hour, key.Windows.Day, key.Windows.Month }
            .Select(window => new NearLimit(window, key)));
        var ofAccount = keys.Take(1).Select(key => new NearLimit(key.Windows.AccountMonth, null));
        return [.. ofAccount.Concat(ofKeys).Where(near => near.Window.Limit is not null)
            .OrderByDescending(near => near.Window.IsExhausted).ThenByDescending(near => near.Share).Take(Most)];
    }
}
