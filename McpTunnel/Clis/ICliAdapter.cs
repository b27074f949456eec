using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>One CLI: what it offers, and how it answers. Safe for many calls at once.</summary>
internal interface ICliAdapter : IAsyncDisposable
{
    /// <summary>One of <see cref="Polydev.Shared.Models.Providers"/>.</summary>
    string Provider { get; }

    /// <summary>
    /// Looks anew for the CLI, its version, login and models, without a model call. What the CLI says, or that it refuses, stands in the
    /// answer; what is no answer is thrown.
    /// </summary>
    Task<CliInfo> DetectAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Cheap, and without a process: another text as soon as a detection might say something else than before, because the files of the
    /// CLI or of its login have changed, or because a call has just failed for want of one.
    /// </summary>
    string Look() => string.Empty;

    /// <summary>The CLI is given this stop sequence. Those that it is not given, the tunnel enforces itself.</summary>
    bool TakesStop(string stop) => false;

    /// <summary>The vendor is told of an item's limit of output tokens. Else the tunnel enforces it, by estimate.</summary>
    bool TakesMaxOutputTokens => false;

    /// <summary>The vendor is told of this form of the answer, and keeps the model to it. Else the tunnel tells the model.</summary>
    bool TakesFormat(ResponseFormat format, string model) => false;

    /// <summary>A call's arguments come as the model writes them. Else each comes whole, at once.</summary>
    bool StreamsArguments => false;

    /// <summary>
    /// Raised when it is known, without a look, that a detection says something else now: a self-test has begun or ended. Handlers must be
    /// quick and must not throw.
    /// </summary>
    event Action? News
    {
        add { }
        remove { }
    }

    /// <summary>What its vendor has told of its windows, and whether a call may go there now; null where there are none.</summary>
    CliQuota? Quota => null;

    /// <summary>What its self-test found of the program as it was last detected; null while that is not known.</summary>
    SelfTestVerdict? Verdict => null;

    /// <summary>
    /// Answers one item: deltas and usage as they come, then Finished. Started, work id and sequence are added by
    /// <c>WorkRunner</c>. The CLI is read only as fast as the events are taken; leaving the enumeration or cancelling ends the CLI's turn.
    /// </summary>
    /// <exception cref="CliFailureException">Everything that goes wrong, in terms that the caller may see.</exception>
    IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, CancellationToken cancellationToken);
}

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
