using Polydev.Broker.Retention;

namespace Polydev.Broker.Audit;

/// <summary>Deletes entries that have been kept for long enough, at the start and then each hour.</summary>
internal sealed partial class AuditRetention(IAuditStore store, TimeProvider time, ILogger<AuditRetention> logger) : BackgroundService
{
    /// <summary>So that "since a year ago" has its whole first month.</summary>
    public const int Days = 400;

    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var before = time.GetUtcNow().AddDays(-Days);
                await SmallSteps.RunAsync(most => store.DeleteAsync(before, most, stoppingToken), time, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                NotDeleted(logger, e);
            }

            await Task.Delay(Period, time, stoppingToken);
        }
    }

    [LoggerMessage(EventId = 2501, EventName = "OldAuditNotDeleted", Level = LogLevel.Error,
        Message = "Audit entries past their time could not be deleted; it is tried again in an hour.")]
    private static partial void NotDeleted(ILogger logger, Exception exception);
}

internal static class AuditServices
{
    /// <summary>Needs an <see cref="IAuditStore"/>.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services) => services.AddHostedService<AuditRetention>();
}
