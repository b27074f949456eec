using System.Globalization;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Quotas;

/// <summary>
/// What one CLI's vendor last told of its windows, and whether a call may go there now. Kept in memory: the vendor tells it again. A window
/// whose reset has passed is empty; what comes without a reset holds for an hour, so that a call can find out. Safe for many at once.
/// </summary>
internal sealed class CliQuota(string provider, QuotaSetting own, TimeProvider time)
{
    /// <summary>From the news to its telling: calls that run side by side bring the same news.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Where nothing but the moment of the telling is new.
    private static readonly TimeSpan LongPause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan WithoutReset = TimeSpan.FromHours(1);

    // A timer takes no wait without end.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    // A vendor has two or three; what another thing in its place says is not kept without end.
    private const int MaxWindows = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Kept> _windows = new(StringComparer.Ordinal);
    private OverageState _overage;
    private DateTimeOffset? _overageEndsAt;
    private DateTimeOffset? _overageAsOf;
    private DateTimeOffset? _tellAt;
    private ITimer? _timer;

    /// <summary>
    /// Raised when <see cref="Describe"/> says something else than before: at most once a second, when a window is reset, and when the
    /// policy changes. Handlers must be quick and must not throw.
    /// </summary>
    public event Action? Changed;

    /// <summary>What holds now.</summary>
    public QuotaPolicy Policy
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    } = own.Over(QuotaPolicy.Default);

    /// <summary>Takes what the owner has set in the dashboard. It holds from now on, where the environment says nothing.</summary>
    public void Follow(QuotaPolicy told)
    {
        var policy = own.Over(told);
        if (policy != Policy)
        {
            Policy = policy;
            Changed?.Invoke();
        }
    }

    /// <summary>Takes what the CLI says.</summary>
    public void Tell(QuotaNews news)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var isChange = false;
            foreach (var window in news.Windows)
            {
                var before = _windows.GetValueOrDefault(window.Label);
                if (before is not null || _windows.Count < MaxWindows)
                {
                    isChange |= before is null || Math.Round(before.At(now)) != Math.Round(window.UsedPercent);
                    _windows[window.Label] = new Kept(window, now);
                }
            }

            if (news.Overage is { } state)
            {
                isChange |= state != _overage;
                (_overage, _overageEndsAt, _overageAsOf) = (state, news.OverageEndsAt ?? Full(now)?.Until, now);
            }

            var tellAt = now + (isChange ? Pause : LongPause);
            _tellAt = _tellAt is { } planned && planned < tellAt ? planned : tellAt;
            Plan(now);
        }
    }

    /// <summary>Null: a call may go.</summary>
    public QuotaRefusal? Refusal()
    {
        lock (_lock)
        {
            return Refusal(time.GetUtcNow(), Policy);
        }
    }

    /// <summary>Puts it all into the catalog's entry. A login of another kind ends what a subscription's has told.</summary>
    public void Describe(CliInfo info)
    {
        lock (_lock)
        {
            if (info.Login != LoginKind.Subscription)
            {
                Forget(info.State);
                return;
            }

            var (now, rule) = (time.GetUtcNow(), Policy);
            info.Windows.Add(_windows.Values.OrderBy(window => window.Told.Label, StringComparer.Ordinal).Select(window => window.On(now)));
            info.ReservePercent = (uint)rule.ReservePercent;
            info.Refusal = Refusal(now, rule)?.Message ?? string.Empty;
            var paidUntil = PaidUntil(now);
            info.Overage = new Overage
            {
                State = paidUntil is not null ? OverageState.InUse
                    : _overage == OverageState.InUse ? OverageState.Unspecified
                    : _overage,
                EndsAt = paidUntil?.ToUnixTimeSeconds() ?? 0,
                AsOf = _overageAsOf?.ToUnixTimeSeconds() ?? 0,
                Allowed = rule.AllowsOverage,
            };
        }
    }

    // What is being tested, or does not start at the moment, tells no login either.
    private void Forget(CliState state)
    {
        if (state == CliState.Ready)
        {
            _windows.Clear();
            (_overage, _overageEndsAt, _overageAsOf) = (OverageState.Unspecified, null, null);
        }
    }

    private QuotaRefusal? Refusal(DateTimeOffset now, QuotaPolicy rule)
    {
        if (!rule.AllowsOverage && PaidUntil(now) is { } until)
        {
            var window = Full(now) ?? Live(now).MaxBy(window => window.Told.UsedPercent);
            var used = window is null ? string.Empty : $"the {window.Told.Label} window of {provider} is used to {Percent(window)}, and ";
            return new QuotaRefusal(
                $"Rate limit exceeded: {used}the vendor of {provider} counts calls as paid overage until the reset at {Utc(until)}. The "
                    + "owner of the tunnel's machine has not allowed that; "
                    + $"{Places(own.AllowsOverage is not null, $"{QuotaSettings.OverageVariable}={provider}")} does.",
                until);
        }

        var kept = rule.ReservePercent;
        var reached = Live(now).Where(window => kept > 0 && window.Told.UsedPercent >= 100 - kept).MaxBy(window => window.Until);
        return reached is null ? null : new QuotaRefusal(
            $"Rate limit exceeded: the {reached.Told.Label} window of {provider} is used to {Percent(reached)}, and the owner "
                + $"of the tunnel's machine keeps {kept} % of it back. It is reset at {Utc(reached.Until)}; the reserve is set by "
                + $"{Places(own.ReservePercent is not null, QuotaSettings.ReserveVariable)}.",
            reached.Until);
    }

    // Where the environment decides, the dashboard can change nothing.
    private static string Places(bool isOwn, string variable) =>
        isOwn ? $"{variable} there" : $"the dashboard, under Machines, or {variable} there";

    // Null: nothing is paid now. A window that is used up while overage is switched on is as good as the vendor's word: the next call would
    // bring it.
    private DateTimeOffset? PaidUntil(DateTimeOffset now)
    {
        var full = Full(now)?.Until;
        var until = _overage switch
        {
            OverageState.InUse => full ?? _overageEndsAt ?? _overageAsOf + WithoutReset,
            OverageState.Available => full,
            _ => null,
        };
        return until > now ? until : null;
    }

    // Of several the one that is reset last.
    private Kept? Full(DateTimeOffset now) =>
        Live(now).Where(window => window.Told.UsedPercent >= 100).MaxBy(window => window.Until);

    private IEnumerable<Kept> Live(DateTimeOffset now) => _windows.Values.Where(window => window.Until > now);

    // Under the lock.
    private void Plan(DateTimeOffset now)
    {
        var next = Live(now).Select(window => window.Until)
            .Append(_tellAt ?? DateTimeOffset.MaxValue)
            .Append(PaidUntil(now) ?? DateTimeOffset.MaxValue)
            .Min();
        var wait = TimeSpan.FromTicks(Math.Clamp((next - now).Ticks, 0, LongestWait.Ticks));
        _timer ??= time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(next == DateTimeOffset.MaxValue ? Timeout.InfiniteTimeSpan : wait, Timeout.InfiniteTimeSpan);
    }

    // What has not changed since is told to nobody by whoever listens.
    private void Wake()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _tellAt = _tellAt <= now ? null : _tellAt;
            Plan(now);
        }

        Changed?.Invoke();
    }

    private static string Percent(Kept window) => string.Create(CultureInfo.InvariantCulture, $"{window.Told.UsedPercent:0.#} %");

    private static string Utc(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private sealed record Kept(ToldWindow Told, DateTimeOffset AsOf)
    {
        public DateTimeOffset Until => Told.ResetsAt ?? AsOf + WithoutReset;

        public double At(DateTimeOffset now) => Until > now ? Told.UsedPercent : 0;

        public VendorWindow On(DateTimeOffset now) => new()
        {
            Label = Told.Label,
            UsedPercent = At(now),
            ResetsAt = Told.ResetsAt is { } reset && reset > now ? reset.ToUnixTimeSeconds() : 0,
            AsOf = AsOf.ToUnixTimeSeconds(),
        };
    }
}
