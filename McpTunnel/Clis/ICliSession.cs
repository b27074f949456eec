using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// A CLI, started and waiting for its one question. Its owner calls <see cref="PrepareAsync"/>, then <see cref="AskAsync"/>, once.
/// </summary>
internal interface ICliSession : IAsyncDisposable
{
    /// <summary>False once its process has ended: such a session is thrown away unused.</summary>
    bool IsAlive { get; }

    /// <summary>
    /// True while the process may take another question in a session of its own, of which no earlier caller has seen
    /// anything. Most are single-use and say false once they have been prepared.
    /// </summary>
    bool CanServeAgain { get; }

    /// <summary>
    /// Why the session has ended its turn by itself: the CLI asked for what is not the caller's, or the session was killed. Null while it
    /// has not.
    /// </summary>
    CliFailureException? Incident { get; }

    /// <summary>SIGKILL at once, whatever it is doing: for a broken lock. The reason becomes its incident. Never throws.</summary>
    void Kill(CliFailureException reason);

    /// <summary>Hands over instructions, settings and history. The model is not asked yet.</summary>
    Task PrepareAsync(WorkItem item, CancellationToken cancellationToken);

    /// <summary>Asks, and gives the answer as it comes. Leaving the enumeration ends the turn.</summary>
    IAsyncEnumerable<WorkEvent> AskAsync(WorkItem item, CancellationToken cancellationToken);
}
