using System.Globalization;
using Polydev.Broker.Errors;
using Polydev.Broker.Quotas;

namespace Polydev.Broker.Api;

/// <summary>
/// Tells on every answer to a good key the window that is nearest to its end, as OpenAI and Anthropic each do. A call that was counted
/// tells of itself; for anything else, and for what was refused before it was counted, the windows are read.
/// </summary>
internal sealed class QuotaHeaders(RequestDelegate next, QuotaGate quotas, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var record = CallRecord.Of(context);
        if (record.Dialect is null)
        {
            await ReadAsync(context, record);
            await next(context);
            return;
        }

        try
        {
            await next(context);
        }
        catch (QuotaException e)
        {
            record.Refused(e.State.Exhausted!.Value.Kind);
            Set(context.Response, e.State, time.GetUtcNow());
            throw;
        }
        catch (Exception e) when (e is ApiException or BadHttpRequestException && record.Counted is null
            && !ApiErrors.HasBegun(context.Response))
        {
            await ReadAsync(context, record);
            throw;
        }
    }

    /// <summary>Nothing where no window is limited.</summary>
    public static void Set(HttpResponse response, QuotaState state, DateTimeOffset now)
    {
        if (state.Nearest is not { Limit: { } most, Remaining: { } left } window)
        {
            return;
        }

        var (limit, remaining) = (most.ToString(CultureInfo.InvariantCulture), left.ToString(CultureInfo.InvariantCulture));
        var headers = response.Headers;
        headers["x-ratelimit-limit-requests"] = limit;
        headers["x-ratelimit-remaining-requests"] = remaining;
        headers["x-ratelimit-reset-requests"] = Duration(window.ResetsAt - now);
        headers["anthropic-ratelimit-requests-limit"] = limit;
        headers["anthropic-ratelimit-requests-remaining"] = remaining;
        headers["anthropic-ratelimit-requests-reset"] = window.ResetsAt.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
    }

    /// <summary>As Go writes one, and OpenAI with it: <c>6m0s</c>, <c>36h2m0s</c>.</summary>
    private static string Duration(TimeSpan left)
    {
        var seconds = (long)Math.Max(0, Math.Ceiling(left.TotalSeconds));
        var (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        return seconds switch
        {
            >= 3600 => string.Create(CultureInfo.InvariantCulture, $"{hours}h{minutes}m{seconds % 60}s"),
            >= 60 => string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds % 60}s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds}s"),
        };
    }

    private async ValueTask ReadAsync(HttpContext context, CallRecord record)
    {
        // Where there is no endpoint, nobody has been authenticated.
        if (context.GetEndpoint() is not null && await quotas.TryReadAsync(record.Caller, context.RequestAborted) is { } state)
        {
            record.Windows = state;
            Set(context.Response, state, time.GetUtcNow());
        }
    }
}
