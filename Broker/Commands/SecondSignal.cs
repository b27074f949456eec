using System.Runtime.InteropServices;

namespace Polydev.Broker.Commands;

/// <summary>
/// A second Ctrl-C or SIGTERM: who sends it does not want to wait for running answers. The first is the host's own affair.
/// </summary>
internal sealed class SecondSignal : IDisposable
{
    private readonly CancellationTokenSource _came = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public SecondSignal() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Count),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Count),
    ];

    public CancellationToken Token => _came.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _came.Dispose();
    }

    private void Count(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 2)
        {
            _came.Cancel();
        }
    }
}
