using Polydev.Broker.Retention;

namespace Polydev.Broker.AccountData;

/// <summary>
/// Takes the rows of leaving accounts away, each minute, in small steps. A broker that was killed meanwhile goes on at its next start; of
/// several on a database each does a part.
/// </summary>
internal sealed partial class AccountRemoval(IAccountDataStore store, TimeProvider time, ILogger<AccountRemoval> logger) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The account's own row stays for so long: calls that ended with it are recorded behind their end, on other brokers some seconds
    /// later.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RemoveAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                NotRemoved(logger, e);
            }

            await Task.Delay(Period, time, stoppingToken);
        }
    }

    /// <summary>All that may go by now.</summary>
    internal async Task RemoveAsync(CancellationToken cancellationToken)
    {
        foreach (var leaving in await store.ListLeavingAsync(cancellationToken))
        {
            var isLast = time.GetUtcNow() - leaving.Since >= Grace;
            await SmallSteps.RunAsync(most => store.DeleteRowsAsync(leaving.Id, most, cancellationToken), time, cancellationToken);
            if (isLast)
            {
                await store.DeleteAccountAsync(leaving.Id, cancellationToken);
                Removed(logger, leaving.Id);
            }
        }
    }

    [LoggerMessage(EventId = 2702, EventName = "AccountDeleted", Level = LogLevel.Information,
        Message = "Account {AccountId} is deleted: nothing is kept of it.")]
    private static partial void Removed(ILogger logger, string accountId);

    [LoggerMessage(EventId = 2703, EventName = "AccountNotDeleted", Level = LogLevel.Error,
        Message = "The rows of a deleted account could not be taken away; it is tried again in a minute.")]
    private static partial void NotRemoved(ILogger logger, Exception exception);
}

internal static class AccountDataServices
{
    /// <summary>Needs an <see cref="IAccountDataStore"/> and the keys.</summary>
    public static IServiceCollection AddAccountData(this IServiceCollection services) => services
        .AddSingleton<AccountDeletion>()
        .AddSingleton<AccountExport>()
        .AddHostedService<AccountRemoval>();
}
