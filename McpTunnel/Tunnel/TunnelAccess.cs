using Microsoft.Extensions.Hosting;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>The settings as they are now: a login or logout in another terminal changes them while this process runs.</summary>
internal sealed class TunnelAccess(Func<TunnelSettings> read)
{
    private readonly Lock _lock = new();
    private volatile Reading _now = new(read());

    public TunnelSettings Current => _now.Settings;

    /// <summary>With a token that ends when others take their place.</summary>
    public (TunnelSettings Settings, CancellationToken Changed) Now
    {
        get
        {
            var now = _now;
            return (now.Settings, now.Source.Token);
        }
    }

    /// <summary>Reads again, and tells where that is news.</summary>
    public void Look()
    {
        CancellationTokenSource old;
        lock (_lock)
        {
            // Whose certificates are good does not change with a login, and is another object each time.
            var next = read() with { Trust = _now.Settings.Trust };
            if (next == _now.Settings)
            {
                return;
            }

            (old, _now) = (_now.Source, new Reading(next));
        }

        // Left to the collector: it owns no timer, and who asked a moment ago still registers on it.
        old.Cancel();
    }

    private sealed class Reading(TunnelSettings settings)
    {
        public TunnelSettings Settings { get; } = settings;

        public CancellationTokenSource Source { get; } = new();
    }
}

/// <summary>Looks at the file of the login, as long as what stands there counts.</summary>
internal sealed class LoginWatcher(TunnelAccess access, LoginFile file, TimeProvider time) : BackgroundService
{
    /// <summary>A look is one question to the file system.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly PeriodicTimer _timer = new(Interval, time);

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? seen = null;
        while (access.Current.CanLogIn)
        {
            if (file.Look() is var look && look != seen)
            {
                seen = look;
                access.Look();
            }

            await _timer.WaitForNextTickAsync(stoppingToken);
        }
    }
}
