using Microsoft.Extensions.Logging;

namespace Polydev.McpTunnel.Clis.SelfTest;

/// <summary>
/// Lets through what has passed its self-test. What has not been tested is tested in the background, once however many ask; what could not
/// be tested is tried again, not before <see cref="TriedAgainAfter"/>.
/// <code>nothing known -> testing -> passed | failed (both remembered) | undecided -> testing again</code>
/// </summary>
internal sealed class SelfTestGate(SelfTestRecords records, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>For one test, which takes a few seconds on an idle machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan TriedAgainAfter = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan TurnInterval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, Task<SelfTestVerdict>> _running = [];
    private (string Id, SelfTestVerdict Verdict, DateTimeOffset Until)? _undecided;
    private int _ended;

    /// <summary>
    /// Raised when a test has ended, whatever came of it, and when a call has begun one. Handlers must be quick and must not throw.
    /// </summary>
    public event Action? Changed;

    /// <summary>How many tests have ended.</summary>
    public int Count => Volatile.Read(ref _ended);

    /// <summary>The verdict; null while the test runs, which this starts where it does not.</summary>
    /// <param name="test">Called in the background, with a token that ends after <see cref="Limit"/>. What it throws is undecided.</param>
    public SelfTestVerdict? Find(SelfTestSubject subject, Func<CancellationToken, Task<SelfTestVerdict>> test) =>
        Look(subject, test, out _, out _);

    /// <summary>As <see cref="Find"/>, but waits for a test that runs; null when it still does after that time.</summary>
    public async Task<SelfTestVerdict?> WaitAsync(
        SelfTestSubject subject, Func<CancellationToken, Task<SelfTestVerdict>> test, TimeSpan patience,
        CancellationToken cancellationToken)
    {
        if (Look(subject, test, out var running, out var isNew) is { } verdict)
        {
            return verdict;
        }

        if (isNew)
        {
            Changed?.Invoke();
        }

        try
        {
            return await running!.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(Running());
        _stopping.Dispose();
    }

    private SelfTestVerdict? Look(
        SelfTestSubject subject, Func<CancellationToken, Task<SelfTestVerdict>> test, out Task<SelfTestVerdict>? running, out bool isNew)
    {
        (running, isNew) = (null, false);
        var now = time.GetUtcNow();
        if (records.Find(subject, now) is { } known)
        {
            return known;
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            if (!_running.TryGetValue(subject.Id, out running))
            {
                if (_undecided is { } recent && recent.Id == subject.Id && now < recent.Until)
                {
                    return recent.Verdict;
                }

                running = Task.Run(() => RunAsync(subject, test));
                _running[subject.Id] = running;
                isNew = true;
            }

            return null;
        }
    }

    private async Task<SelfTestVerdict> RunAsync(SelfTestSubject subject, Func<CancellationToken, Task<SelfTestVerdict>> test)
    {
        var verdict = await TakeTurnAndTestAsync(subject, test);
        lock (_lock)
        {
            _running.Remove(subject.Id);
            if (verdict.Outcome == SelfTestOutcome.Undecided)
            {
                SelfTestLog.Undecided(logger, subject.Provider, subject.Version, verdict.Reason);
                _undecided = (subject.Id, verdict, time.GetUtcNow() + TriedAgainAfter);
            }
        }

        Interlocked.Increment(ref _ended);
        Changed?.Invoke();
        return verdict;
    }

    // What it finds is written down before the turn is over: whoever takes the next one reads it there.
    private async Task<SelfTestVerdict> TakeTurnAndTestAsync(
        SelfTestSubject subject, Func<CancellationToken, Task<SelfTestVerdict>> test)
    {
        try
        {
            using var turn = await TakeTurnAsync(subject);
            if (records.Find(subject, time.GetUtcNow()) is { } known)
            {
                // By another tunnel, while this one waited.
                return known;
            }

            var verdict = await TestAsync(test);
            Keep(subject, verdict);
            return verdict;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return Undecided("was broken off");
        }
        catch (Exception e)
        {
            SelfTestLog.Faulted(logger, e, subject.Provider);
            return Undecided("failed inside; the log on stderr says why");
        }
    }

    private async Task<SelfTestVerdict> TestAsync(Func<CancellationToken, Task<SelfTestVerdict>> test)
    {
        using var expired = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, _stopping.Token);
        try
        {
            return await test(either.Token);
        }
        catch (OperationCanceledException) when (expired.IsCancellationRequested)
        {
            return Undecided($"did not end within {Limit.TotalSeconds:0} s");
        }
    }

    // Null after a time: better two tests at once than none.
    private async Task<IDisposable?> TakeTurnAsync(SelfTestSubject subject)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < Limit)
        {
            if (records.TryTakeTurn(subject.Provider) is { } turn)
            {
                return turn;
            }

            await Task.Delay(TurnInterval, time, _stopping.Token);
        }

        return null;
    }

    private static SelfTestVerdict Undecided(string what) =>
        new(SelfTestOutcome.Undecided, $"Its self-test {what}. It is tried again in some minutes, and serves nobody before.");

    private void Keep(SelfTestSubject subject, SelfTestVerdict verdict)
    {
        switch (verdict.Outcome)
        {
            case SelfTestOutcome.Undecided:
                return;
            case SelfTestOutcome.Failed:
                SelfTestLog.Failed(logger, subject.Provider, subject.Version, verdict.Reason);
                break;
            default:
                SelfTestLog.Passed(logger, subject.Provider, subject.Version);
                break;
        }

        try
        {
            records.Remember(subject, verdict, time.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SelfTestLog.NotKept(logger, e, subject.Provider);
        }
    }

    private Task[] Running()
    {
        lock (_lock)
        {
            return [.. _running.Values];
        }
    }
}

/// <summary>Log lines of the self-test: which CLI, and what came of it.</summary>
internal static partial class SelfTestLog
{
    [LoggerMessage(EventId = 3061, EventName = "SelfTestPassed", Level = LogLevel.Information,
        Message = "{Provider} {Version} has passed its self-test.")]
    public static partial void Passed(ILogger logger, string provider, string version);

    [LoggerMessage(EventId = 3062, EventName = "SelfTestFailed", Level = LogLevel.Warning,
        Message = "{Provider} {Version} has not passed its self-test: {Reason}")]
    public static partial void Failed(ILogger logger, string provider, string version, string reason);

    [LoggerMessage(EventId = 3063, EventName = "SelfTestUndecided", Level = LogLevel.Information,
        Message = "{Provider} {Version} could not be tested: {Reason}")]
    public static partial void Undecided(ILogger logger, string provider, string version, string reason);

    [LoggerMessage(EventId = 3064, EventName = "SelfTestFaulted", Level = LogLevel.Warning,
        Message = "The self-test of {Provider} failed inside.")]
    public static partial void Faulted(ILogger logger, Exception exception, string provider);

    [LoggerMessage(EventId = 3065, EventName = "SelfTestNotKept", Level = LogLevel.Warning,
        Message = "What the self-test of {Provider} has found could not be written down: the next start makes it again.")]
    public static partial void NotKept(ILogger logger, Exception exception, string provider);
}
