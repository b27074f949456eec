using System.Runtime.CompilerServices;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>
/// One item's answer, held against what its caller asked of it (<see cref="AnswerChecks"/>). What is no good goes back to the model once,
/// in a session of its own; what is no good then fails. So nothing is given out before it is known to be good, but what a caller who reads
/// the answer as it comes has been given already: there its end says that it is not.
/// <code>ask -> held -> good? give it out : ask once more, told what was wrong -> good? give it out : fail</code>
/// </summary>
internal sealed class CheckedAnswer(ICliAdapter adapter, WorkItem item, AnswerChecks checks)
{
    /// <summary>The adapter's events, as they are where any answer will do.</summary>
    public static IAsyncEnumerable<WorkEvent> Run(ICliAdapter adapter, WorkItem item, CancellationToken cancellationToken) =>
        AnswerChecks.Of(item) is { } checks
            ? new CheckedAnswer(adapter, item, checks).AskAsync(cancellationToken)
            : adapter.RunAsync(item, cancellationToken);

    private async IAsyncEnumerable<WorkEvent> AskAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var question = FormatInWords.Told(item, adapter);
        var first = new HeldAnswer(checks, Holding(), spent: null);
        await foreach (var next in GiveAsync(question, first, cancellationToken))
        {
            yield return next;
        }

        if (first.Fault is not { } fault)
        {
            yield break;
        }

        var second = new HeldAnswer(checks, Holding(), first.Used);
        await foreach (var next in GiveAsync(SecondAsking.Of(question, first.Answer, fault), second, cancellationToken))
        {
            yield return next;
        }

        if (second.Fault is { } still)
        {
            throw Failure($"{still.ForCaller} It was told so, and did it again. Try again.");
        }
    }

    private async IAsyncEnumerable<WorkEvent> GiveAsync(
        WorkItem question, HeldAnswer answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var events = adapter.RunAsync(question, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (!answer.IsOver && await NextAsync(events, answer))
        {
            foreach (var next in answer.Take(events.Current))
            {
                yield return next;
            }

            if (answer is { Fault: { } fault, IsBeyondRepair: true })
            {
                throw Failure($"{fault.ForCaller} What came before it was given out already. Try again.");
            }
        }
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<WorkEvent> events, HeldAnswer answer)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (CliFailureException e) when (e.Slip is not null && !answer.HasGivenCalls)
        {
            answer.Slipped(e.Slip!);
            return false;
        }
    }

    private Holding Holding() => item switch
    {
        { Streamed: false } => Answers.Holding.All,
        _ when !adapter.StreamsArguments => Answers.Holding.Calls,
        _ => Answers.Holding.Nothing,
    };

    private static CliFailureException Failure(string message) => new(FailureKind.Upstream, message);
}
