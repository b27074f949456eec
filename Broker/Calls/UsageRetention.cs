using Microsoft.Extensions.DependencyInjection.Extensions;
using Polydev.Broker.Retention;

namespace Polydev.Broker.Calls;

/// <summary>Deletes what has been kept for long enough, at the start and then each hour.</summary>
internal sealed class UsageRetention(IUsageStore store, UsageOptions options, TimeProvider time, ILogger<UsageRetention> logger)
    : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (options.CallDays > 0)
        {
            await DeleteAsync(stoppingToken);
            await Task.Delay(Period, time, stoppingToken);
        }
    }

    private async Task DeleteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var now = time.GetUtcNow();
            var callsBefore = now.AddDays(-options.CallDays);
            var totalsBefore = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-options.TotalDays);
            var calls = await SmallSteps.RunAsync(most => store.DeleteCallsAsync(callsBefore, most, stoppingToken), time, stoppingToken);
            var totals = await SmallSteps.RunAsync(most => store.DeleteTotalsAsync(totalsBefore, most, stoppingToken), time, stoppingToken);
            if (calls + totals > 0)
            {
                UsageLog.Deleted(logger, calls, totals);
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            UsageLog.NotDeleted(logger, e);
        }
    }
}

/// <summary>How long calls are kept.</summary>
internal sealed record UsageOptions
{
    public const int DefaultCallDays = 90;

    /// <summary>So that "since a year ago" has its whole first month.</summary>
    private const int LeastTotalDays = 400;

    /// <summary>A call is deleted after so many days; 0: never.</summary>
    public int CallDays { get; init; } = DefaultCallDays;

    /// <summary>A day's totals are deleted after so many days, and never before the calls that they sum up.</summary>
    public int TotalDays => Math.Max(CallDays, LeastTotalDays);
}

internal static class UsageServices
{
    /// <summary>Needs an <see cref="IUsageStore"/> and the metrics.</summary>
    public static IServiceCollection AddUsage(this IServiceCollection services, UsageOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<RunningCalls>();
        services.AddSingleton<CallRecorder>().AddHostedService(provider => provider.GetRequiredService<CallRecorder>());
        services.AddHostedService<UsageRetention>();
        return services;
    }
}
