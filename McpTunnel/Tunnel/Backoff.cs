namespace Polydev.McpTunnel.Tunnel;

/// <summary>
/// The waits between attempts: full jitter under a ceiling that doubles from 0.2 s to 30 s, so that a thousand tunnels do not come
/// back to their broker in step.
/// </summary>
/// <param name="random">A number from 0 to 1, 1 excluded.</param>
internal sealed class Backoff(Func<double> random)
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(0.2);
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private TimeSpan _ceiling = First;

    /// <param name="atLeast">What the broker asked for; jitter comes on top.</param>
    public TimeSpan Next(TimeSpan atLeast = default)
    {
        var wait = atLeast + (_ceiling * random());
        _ceiling = _ceiling * 2 < Ceiling ? _ceiling * 2 : Ceiling;
        return wait;
    }

    /// <summary>Only after a connection that proved stable: one that breaks at once must not be tried again at once.</summary>
    public void Reset() => _ceiling = First;
}
