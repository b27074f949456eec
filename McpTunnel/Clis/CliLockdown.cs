using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// The word that a lock has broken, from the adapter that saw it to the pools of all CLIs: what one let through, another may. Each kills
/// its processes at once, those that serve too; later calls start fresh ones.
/// </summary>
internal sealed class CliLockdown
{
    /// <summary>Raised with what the calls that are ended by it are told. Handlers must not throw.</summary>
    public event Action<CliFailureException>? Broken;

    /// <summary>False for the failure of a call that was itself ended by a lockdown: it must not end the fresh ones.</summary>
    public static bool IsCause(CliFailureException failure) =>
        failure is { Kind: FailureKind.LockBroken, InnerException: not CliFailureException };

    public void Break(string provider, CliFailureException cause) => Broken?.Invoke(new CliFailureException(
        FailureKind.LockBroken,
        $"A tool was reached for in another call ({provider}), so every CLI of this machine was ended, this call's too. Try again.",
        inner: cause));
}
