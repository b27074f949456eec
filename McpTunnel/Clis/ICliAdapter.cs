using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>One CLI: what it offers, and how it answers. Safe for many calls at once.</summary>
internal interface ICliAdapter : IAsyncDisposable
{
    /// <summary>One of <see cref="Polydev.Shared.Models.Providers"/>.</summary>
    string Provider { get; }

    /// <summary>Looks anew for the CLI, its version, login and models. Makes no model call and does not throw: what is wrong stands in the answer.</summary>
    Task<CliInfo> DetectAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Answers one item: deltas and usage as they come, then Finished. Started, work id and sequence are added by
    /// <c>WorkRunner</c>. The CLI is read only as fast as the events are taken; leaving the enumeration or cancelling ends the CLI's turn.
    /// </summary>
    /// <exception cref="CliFailureException">Everything that goes wrong, in terms that the caller may see.</exception>
    IAsyncEnumerable<WorkEvent> RunAsync(WorkItem item, CancellationToken cancellationToken);
}
