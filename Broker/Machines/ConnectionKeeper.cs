using System.Collections.Concurrent;
using System.Data.Common;
using Polydev.Broker.Keys;
using Polydev.Broker.Retention;

namespace Polydev.Broker.Machines;

/// <summary>
/// Notes when machines are connected. For people to read: what the database does not take is told in the log, and no tunnel waits for it.
/// Once a minute it says that those which run live, so that a killed broker's do not seem to run for ever.
/// </summary>
internal sealed partial class ConnectionKeeper(
    IConnectionStore store, ICredentialStore tokens, TimeProvider time, ILogger<ConnectionKeeper> logger) : BackgroundService
{
    /// <summary>Connections are kept for so long after their last sign of life.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(2);

    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private const int MinutesOfAnHour = 60;

    // By the session's id.
    private readonly ConcurrentDictionary<string, Credential> _running = new(StringComparer.Ordinal);

    /// <summary>A tunnel is here.</summary>
    public Task BeginAsync(string sessionId, Credential token)
    {
        _running[sessionId] = token;
        var now = time.GetUtcNow();
        var connection = new MachineConnection
        {
            Id = sessionId,
            AccountId = token.AccountId,
            TokenId = token.Id,
            BeganAt = now,
            SeenAt = now,
        };
        return NoteAsync(token, async () =>
        {
            await tokens.NoteSeenAsync(token.Id, now, CancellationToken.None);
            await store.BeginAsync(connection, CancellationToken.None);
        });
    }

    /// <summary>It has gone. To be told once what <see cref="BeginAsync"/> has begun is done.</summary>
    public Task EndAsync(string sessionId, Credential token, ConnectionEnding ending)
    {
        _running.TryRemove(sessionId, out _);
        var now = time.GetUtcNow();
        return NoteAsync(token, async () =>
        {
            await tokens.NoteSeenAsync(token.Id, now, CancellationToken.None);
            await store.EndAsync(sessionId, now, ending, CancellationToken.None);
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var minute = 0; !stoppingToken.IsCancellationRequested; minute++)
        {
            await LookAsync(isTopOfTheHour: minute % MinutesOfAnHour == 0, stoppingToken);
            await Task.Delay(Period, time, stoppingToken);
        }
    }

    private async Task LookAsync(bool isTopOfTheHour, CancellationToken stoppingToken)
    {
        try
        {
            var now = time.GetUtcNow();
            if (_running.Keys is { Count: > 0 } running)
            {
                await store.TouchAsync([.. running], now, stoppingToken);
            }

            if (isTopOfTheHour)
            {
                await SmallSteps.RunAsync(most => store.DeleteAsync(now - Kept, most, stoppingToken), time, stoppingToken);
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            NotKept(logger, e);
        }
    }

    private async Task NoteAsync(Credential token, Func<Task> note)
    {
        try
        {
            await note();
        }
        catch (DbException e)
        {
            NotNoted(logger, e, token.Id);
        }
    }

    [LoggerMessage(EventId = 2601, EventName = "ConnectionNotNoted", Level = LogLevel.Warning,
        Message = "The machine of token {TokenId} came or went, and that could not be noted.")]
    private static partial void NotNoted(ILogger logger, Exception exception, string tokenId);

    [LoggerMessage(EventId = 2602, EventName = "ConnectionsNotKept", Level = LogLevel.Warning,
        Message = "The machines' connections could not be kept up to date; it is tried again in a minute.")]
    private static partial void NotKept(ILogger logger, Exception exception);
}
