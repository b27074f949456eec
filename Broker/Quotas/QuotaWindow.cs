namespace Polydev.Broker.Quotas;

/// <summary>One window as it stands.</summary>
/// <param name="Start">Unix milliseconds; by UTC the top of an hour, a midnight, or the first of a month.</param>
/// <param name="Used">Calls counted in it.</param>
/// <param name="Limit">Calls that it allows; null: any number.</param>
public readonly record struct QuotaWindow(QuotaWindowKind Kind, long Start, int Used, int? Limit)
{
    public bool IsExhausted => Used >= Limit;

    /// <summary>Calls that may still be made; null: any number.</summary>
    public int? Remaining => Limit is { } limit ? Math.Max(0, limit - Used) : null;

    /// <summary>When the next window begins, with nothing counted in it.</summary>
    public DateTimeOffset ResetsAt
    {
        get
        {
            var start = DateTimeOffset.FromUnixTimeMilliseconds(Start);
            return Kind switch
            {
                QuotaWindowKind.Hour => start.AddHours(1),
                QuotaWindowKind.Day => start.AddDays(1),
                _ => start.AddMonths(1),
            };
        }
    }
}

/// <summary>What calls are counted in: three windows of a key, and one of its account.</summary>
public enum QuotaWindowKind
{
    Hour,
    Day,
    Month,
    AccountMonth,
}

/// <summary>The windows that a moment lies in: where they began, in unix milliseconds.</summary>
internal readonly record struct QuotaStarts(long Hour, long Day, long Month)
{
    public static QuotaStarts At(DateTimeOffset moment)
    {
        var utc = moment.ToUniversalTime();
        var day = new DateTimeOffset(utc.Year, utc.Month, utc.Day, 0, 0, 0, TimeSpan.Zero);
        return new QuotaStarts(
            day.AddHours(utc.Hour).ToUnixTimeMilliseconds(),
            day.ToUnixTimeMilliseconds(),
            day.AddDays(1 - utc.Day).ToUnixTimeMilliseconds());
    }
}

/// <summary>The windows of a key, and its account's.</summary>
public sealed record QuotaState(QuotaWindow Hour, QuotaWindow Day, QuotaWindow Month, QuotaWindow AccountMonth)
{
    public IEnumerable<QuotaWindow> All => [Hour, Day, Month, AccountMonth];

    /// <summary>The one that is full, of several the last to reset: before that no call is let in.</summary>
    public QuotaWindow? Exhausted
    {
        get
        {
            QuotaWindow? last = null;
            Consider(Hour);
            Consider(Day);
            Consider(Month);
            Consider(AccountMonth);
            return last;

            void Consider(QuotaWindow window) => last = window.IsExhausted && !(last?.ResetsAt > window.ResetsAt) ? window : last;
        }
    }

    /// <summary>The limited one with the fewest calls left, of equals the last to reset; null where none is limited.</summary>
    public QuotaWindow? Nearest
    {
        get
        {
            QuotaWindow? nearest = null;
            Consider(Hour);
            Consider(Day);
            Consider(Month);
            Consider(AccountMonth);
            return nearest;

            void Consider(QuotaWindow window)
            {
                if (window.Remaining is { } left && (nearest is not { } other || left < other.Remaining
                    || (left == other.Remaining && window.ResetsAt >= other.ResetsAt)))
                {
                    nearest = window;
                }
            }
        }
    }

    /// <summary>With so many calls more, or less, in each window.</summary>
    public QuotaState Plus(int calls) => new(
        Hour with { Used = Hour.Used + calls },
        Day with { Used = Day.Used + calls },
        Month with { Used = Month.Used + calls },
        AccountMonth with { Used = AccountMonth.Used + calls });
}
