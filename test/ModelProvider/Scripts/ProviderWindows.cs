using System.Globalization;

namespace Polydev.ModelProvider.Scripts;

/// <summary>A subscription's two windows and its paid overage, as the vendors' response headers tell them.</summary>
public sealed record ProviderWindows
{
    /// <summary>Of the window of 5 hours, in percent.</summary>
    public double FiveHours { get; init; }

    public required DateTimeOffset FiveHoursReset { get; init; }

    /// <summary>Of the window of 7 days, in percent.</summary>
    public double SevenDays { get; init; }

    public required DateTimeOffset SevenDaysReset { get; init; }

    /// <summary>Paid usage beyond the windows is switched on (Anthropic), there are credits for it (OpenAI).</summary>
    public bool HasOverage { get; init; }

    /// <summary>The answer itself was counted as paid. OpenAI's headers have no word for that.</summary>
    public bool UsesOverage { get; init; }

    /// <summary>What Claude Code makes a <c>rate_limit_event</c> of (2.1.197, 2.1.330).</summary>
    internal IEnumerable<(string Name, string Value)> Anthropic()
    {
        var isFull = FiveHours >= 100;
        yield return ("anthropic-ratelimit-unified-status", UsesOverage ? "rejected" : "allowed");
        yield return ("anthropic-ratelimit-unified-reset", Seconds(FiveHoursReset));
        yield return ("anthropic-ratelimit-unified-representative-claim", "five_hour");
        yield return ("anthropic-ratelimit-unified-5h-utilization", Text(FiveHours / 100));
        yield return ("anthropic-ratelimit-unified-5h-reset", Seconds(FiveHoursReset));
        yield return ("anthropic-ratelimit-unified-5h-status", isFull ? "rejected" : "allowed");
        yield return ("anthropic-ratelimit-unified-7d-utilization", Text(SevenDays / 100));
        yield return ("anthropic-ratelimit-unified-7d-reset", Seconds(SevenDaysReset));
        yield return ("anthropic-ratelimit-unified-7d-status", "allowed");
        yield return ("anthropic-ratelimit-unified-overage-status", HasOverage ? "allowed" : "rejected");
        if (!HasOverage)
        {
            yield return ("anthropic-ratelimit-unified-overage-disabled-reason", "overage_not_provisioned");
        }

        // Without it 2.1.197 tells no percentage.
        if (FiveHours >= 75)
        {
            yield return ("anthropic-ratelimit-unified-5h-surpassed-threshold", isFull ? "1" : "0.75");
        }
    }

    /// <summary>What Codex makes an <c>account/rateLimits/updated</c> of (0.169.0).</summary>
    internal IEnumerable<(string Name, string Value)> OpenAi() =>
    [
        ("x-codex-primary-used-percent", Text(FiveHours)),
        ("x-codex-primary-window-minutes", "300"),
        ("x-codex-primary-reset-at", Seconds(FiveHoursReset)),
        ("x-codex-secondary-used-percent", Text(SevenDays)),
        ("x-codex-secondary-window-minutes", "10080"),
        ("x-codex-secondary-reset-at", Seconds(SevenDaysReset)),
        ("x-codex-credits-has-credits", HasOverage ? "true" : "false"),
        ("x-codex-credits-unlimited", "false"),
        .. HasOverage ? [("x-codex-credits-balance", "12.5")] : Array.Empty<(string, string)>(),
    ];

    /// <summary>The body of ChatGPT's <c>wham/usage</c>, which <c>account/rateLimits/read</c> asks for (0.169.0).</summary>
    internal object ChatGptUsage() => new
    {
        plan_type = "plus",
        rate_limit = new
        {
            allowed = true,
            limit_reached = FiveHours >= 100,
            primary_window = Window(FiveHours, 5 * 3600, FiveHoursReset),
            secondary_window = Window(SevenDays, 7 * 24 * 3600, SevenDaysReset),
        },
        credits = new { has_credits = HasOverage, unlimited = false, balance = HasOverage ? "12.5" : null },
    };

    private static object Window(double used, int seconds, DateTimeOffset reset) => new
    {
        used_percent = (int)used,
        limit_window_seconds = seconds,
        reset_after_seconds = 0,
        reset_at = reset.ToUnixTimeSeconds(),
    };

    private static string Seconds(DateTimeOffset moment) => moment.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
