namespace Polydev.McpTunnel.Clis;

/// <summary>A CLI, started and waiting for its one question.</summary>
internal interface ICliSession : IAsyncDisposable
{
    /// <summary>False once its process has ended: such a session is thrown away unused.</summary>
    bool IsAlive { get; }

    /// <summary>
    /// True while the process may take another question in a session of its own, of which no earlier caller has seen
    /// anything. Most are single-use and say false once they have been asked.
    /// </summary>
    bool CanServeAgain { get; }
}
