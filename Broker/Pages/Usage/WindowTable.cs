using Polydev.Broker.Accounts;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Pages.Usage;

/// <summary>What the account and its keys have used of each window. The account's figures are the sums of its keys', always.</summary>
internal sealed class WindowTable
{
    public WindowTable(Account account, IReadOnlyList<ApiKey> keys, TierOptions tiers, DateTimeOffset now)
    {
        var starts = QuotaStarts.At(now);
        var month = keys.Count > 0
            ? keys[0].Windows.AccountMonth
            : new QuotaWindow(
                QuotaWindowKind.AccountMonth, starts.Month, 0, tiers.Of(account.Tier).Limit(QuotaWindowKind.AccountMonth));
        Account = SumOf("Account", keys, starts, month) with
        {
            Id = "account",
            Sub = "all keys together",
            IsAccount = true,
        };
        Keys = [.. keys.Where(key => key.IsGoodAt(now)).Select(RowOf)];
        var gone = keys.Where(key => !key.IsGoodAt(now) && key.Windows.Month.Used > 0).ToList();
        Rows = gone.Count == 0 ? [Account, .. Keys] : [Account, .. Keys, GoneRow(gone, starts)];
    }

    public WindowRow Account { get; }

    /// <summary>Those that work.</summary>
    public IReadOnlyList<WindowRow> Keys { get; }

    /// <summary>All that is shown, the account first; keys that have ended, together, where they had calls in this month.</summary>
    public IReadOnlyList<WindowRow> Rows { get; }

    private static WindowRow GoneRow(List<ApiKey> gone, QuotaStarts starts) =>
        SumOf(Wording.Count(gone.Count, "ended key", "ended keys"), gone, starts, MonthOf(gone, starts)) with
        {
            Id = "ended",
            Sub = "revoked or expired, used before",
        };

    private static WindowRow RowOf(ApiKey key)
    {
        var (month, account) = (key.Windows.Month, key.Windows.AccountMonth);
        var isAccounts = account.Remaining is { } left && !(month.Remaining <= left);
        return new WindowRow(
            key.Name, $"{PagePaths.Keys}/{key.Id}", key.Windows.Hour, key.Windows.Day, month, isAccounts ? account.Remaining : null)
        {
            Id = key.Id,
        };
    }

    private static WindowRow SumOf(string name, IReadOnlyList<ApiKey> keys, QuotaStarts starts, QuotaWindow month) => new(
        name,
        Path: null,
        new QuotaWindow(QuotaWindowKind.Hour, starts.Hour, keys.Sum(key => key.Windows.Hour.Used), Limit: null),
        new QuotaWindow(QuotaWindowKind.Day, starts.Day, keys.Sum(key => key.Windows.Day.Used), Limit: null),
        month);

    private static QuotaWindow MonthOf(IReadOnlyList<ApiKey> keys, QuotaStarts starts) =>
        new(QuotaWindowKind.Month, starts.Month, keys.Sum(key => key.Windows.Month.Used), Limit: null);
}
