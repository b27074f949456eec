using System.Data.Common;
using System.Globalization;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Quotas;

/// <summary>Lets a call be dispatched while its key has calls left.</summary>
internal sealed class QuotaGate(IQuotaStore store, TimeProvider time, ILogger<QuotaGate> logger)
{
    // The SDKs retry by themselves what resets within this time.
    private static readonly TimeSpan WorthRetrying = TimeSpan.FromMinutes(1);

    private static readonly ApiError Revoked = new(ApiErrorKind.Unauthenticated, "The API key was revoked.");

    /// <summary>Counts the call. Who has it gives it back where no CLI has begun it.</summary>
    /// <exception cref="ApiException">RateLimited, naming the window, its limit and its reset; or the key has been revoked.</exception>
    public async ValueTask<Admission> CountAsync(Credential key, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var admission = await store.AdmitAsync(key.Id, now, cancellationToken) ?? throw new ApiException(Revoked);
        return admission.IsCounted ? admission : throw new QuotaException(ErrorOf(admission.State.Exhausted!.Value, now), admission.State);
    }

    public async ValueTask GiveBackAsync(Admission admission)
    {
        try
        {
            await store.GiveBackAsync(admission, CancellationToken.None);
        }
        catch (DbException e)
        {
            // The call has failed of something else, and that is what its caller is to be told.
            QuotaLog.NotGivenBack(logger, e, admission.KeyId);
        }
    }

    /// <summary>The key's windows as they stand; null where it has gone meanwhile.</summary>
    public ValueTask<QuotaState?> ReadAsync(Credential key, CancellationToken cancellationToken) =>
        store.ReadAsync(key.Id, time.GetUtcNow(), cancellationToken);

    /// <summary>
    /// For what is told beside an answer, or beside an error that must not give way to another: null, too, where they cannot be read.
    /// </summary>
    public async ValueTask<QuotaState?> TryReadAsync(Credential key, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(key, cancellationToken);
        }
        catch (DbException e)
        {
            QuotaLog.NotRead(logger, e, key.Id);
            return null;
        }
    }

    private static ApiError ErrorOf(QuotaWindow full, DateTimeOffset now)
    {
        // A second at least: at the reset itself the clocks of two machines may differ by less.
        var wait = full.ResetsAt - now is var left && left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
        var (whose, window) = full.Kind switch
        {
            QuotaWindowKind.Hour => ("key", "hour"),
            QuotaWindowKind.Day => ("key", "day"),
            QuotaWindowKind.Month => ("key", "month"),
            _ => ("account", "month"),
        };
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"Rate limit exceeded: the {whose}'s {full.Limit} calls of this {window} are used up "
            + $"until {full.ResetsAt:yyyy-MM-ddTHH:mm:ssZ}.");
        return new ApiError(ApiErrorKind.RateLimited, message) { RetryAfter = wait, ShouldRetry = wait <= WorthRetrying };
    }
}

/// <summary>A window is full.</summary>
internal sealed class QuotaException(ApiError error, QuotaState state) : ApiException(error)
{
    public QuotaState State { get; } = state;
}

internal static partial class QuotaLog
{
    [LoggerMessage(EventId = 2401, EventName = "CountNotGivenBack", Level = LogLevel.Error,
        Message = "A call of key {KeyId} that no CLI had begun could not be given back: it stays counted.")]
    public static partial void NotGivenBack(ILogger logger, Exception exception, string keyId);

    [LoggerMessage(EventId = 2402, EventName = "WindowsNotRead", Level = LogLevel.Warning,
        Message = "The windows of key {KeyId} could not be read: an answer went without them.")]
    public static partial void NotRead(ILogger logger, Exception exception, string keyId);
}

internal static class QuotasServices
{
    /// <summary>Needs an <see cref="IQuotaStore"/>.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The configuration holds what cannot be.</exception>
    public static IServiceCollection AddQuotas(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(TierOptions.Read(configuration))
        .AddSingleton<QuotaGate>();
}
