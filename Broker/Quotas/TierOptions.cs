using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Polydev.Broker.Accounts;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.Quotas;

/// <summary>
/// What each tier allows. Read from the configuration's section <c>Polydev:Tiers</c>, that is from environment variables such as
/// <c>POLYDEV__TIERS__FREE__PERHOUR</c>.
/// </summary>
internal sealed record TierOptions
{
    public const string Section = "Polydev:Tiers";

    public TierLimits Free { get; init; } = new() { PerHour = 10, PerDay = 50, PerMonth = 500, AccountPerMonth = 500 };

    public TierLimits Premium { get; init; } = new() { PerHour = 100, PerDay = 500, PerMonth = 10_000, AccountPerMonth = 10_000 };

    public TierLimits Unlimited { get; init; } = new();

    /// <exception cref="OptionsValidationException">Names the value that is none, with what it may be.</exception>
    public static TierOptions Read(IConfiguration configuration) =>
        ConfiguredOptions.Read<TierOptions>(configuration, Section, options => [options.Free, options.Premium, options.Unlimited]);

    public TierLimits Of(AccountTier tier) => tier switch
    {
        AccountTier.Free => Free,
        AccountTier.Premium => Premium,
        AccountTier.Unlimited => Unlimited,
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, null),
    };
}

/// <summary>One tier, in calls; 0: any number.</summary>
internal sealed record TierLimits
{
    private const int Most = 1_000_000_000;

    /// <summary>Of one key, each hour.</summary>
    [Range(0, Most)]
    public int PerHour { get; init; }

    [Range(0, Most)]
    public int PerDay { get; init; }

    [Range(0, Most)]
    public int PerMonth { get; init; }

    /// <summary>Of all keys of an account, each month.</summary>
    [Range(0, Most)]
    public int AccountPerMonth { get; init; }

    /// <summary>What holds in a window: the smaller of the key's own limit and the tier's; null: any number.</summary>
    /// <param name="own">The key's own; null: the tier's.</param>
    public int? Limit(QuotaWindowKind window, int? own = null)
    {
        var most = window switch
        {
            QuotaWindowKind.Hour => PerHour,
            QuotaWindowKind.Day => PerDay,
            QuotaWindowKind.Month => PerMonth,
            QuotaWindowKind.AccountMonth => AccountPerMonth,
            _ => throw new ArgumentOutOfRangeException(nameof(window), window, null),
        };
        return most == 0 ? own : Math.Min(own ?? most, most);
    }
}
