namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// The waits between attempts: full jitter, so that a thousand tunnels do not come back to their broker in step. The ceiling doubles from
/// 0.2 s to 1.6 s and stays there for a minute of waiting: so long a broker may take to start again, and a caller waits 5 s for a tunnel
/// that is expected. Then it doubles on to 30 s.
/// </summary>
/// <param name="random">A number from 0 to 1, 1 excluded.</param>
internal sealed class Backoff(Func<double> random)
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(0.2);
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Near = TimeSpan.FromSeconds(1.6);
    private static readonly TimeSpan NearFor = TimeSpan.FromMinutes(1);

    private TimeSpan _ceiling = First;
    private TimeSpan _waited;

    /// <param name="atLeast">What the broker asked for; jitter comes on top.</param>
    public TimeSpan Next(TimeSpan atLeast = default)
    {
        var wait = atLeast + (_ceiling * random());
        _waited += _ceiling;
        var most = _waited < NearFor ? Near : Ceiling;
        _ceiling = _ceiling * 2 < most ? _ceiling * 2 : most;
        return wait;
    }

    /// <summary>Only after a connection that proved stable: one that breaks at once must not be tried again at once.</summary>
    public void Reset() => (_ceiling, _waited) = (First, TimeSpan.Zero);
}
