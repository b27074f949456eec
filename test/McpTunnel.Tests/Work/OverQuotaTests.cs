using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Work;

/// <summary>A call that would be paid for is refused before its CLI is asked, and before it counts as started.</summary>
public sealed class OverQuotaTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task RunAsync_OverQuota_FailsAsRateLimitedAndTakesNoPlace()
    {
        var adapter = Adapter();
        using var runner = Runner(adapter);
        TellPaid(adapter.Quota!);

        var failed = (await RunAsync(runner)).Single().Failed;

        Assert.That((failed.Kind, failed.RetryAfterSeconds), Is.EqualTo((FailureKind.RateLimited, 90u)));
        Assert.That(failed.Message, Is.EqualTo(adapter.Quota!.Refusal()!.Message));
        Assert.That(adapter.Ended, Is.Zero);
        adapter.Quota.Follow(new QuotaPolicy { AllowsOverage = true });
        Assert.That((await RunAsync(runner))[^1].Finished, Is.Not.Null);
    }

    [Test]
    public async Task RunAsync_OverQuotaWhileItWaited_FailsAndGivesItsPlaceBack()
    {
        var held = new TaskCompletionSource();
        var adapter = Adapter(held.Task);
        using var runner = Runner(adapter);
        var first = RunAsync(runner);
        var second = RunAsync(runner);
        TellPaid(adapter.Quota!);

        held.SetResult();

        Assert.That((await first.DefaultTimeout())[^1].Finished, Is.Not.Null);
        Assert.That((await second.DefaultTimeout()).Single().Failed.Kind, Is.EqualTo(FailureKind.RateLimited));
        adapter.Quota!.Follow(new QuotaPolicy { AllowsOverage = true });
        Assert.That((await RunAsync(runner).DefaultTimeout())[^1].Finished, Is.Not.Null);
    }

    private static async Task<List<WorkEvent>> RunAsync(WorkRunner runner)
    {
        await using var cancellation = new WorkCancellation(CancellationToken.None);
        var events = new List<WorkEvent>();
        var item = new WorkItem { WorkId = "w", Provider = "fake", Model = "m" };
        await foreach (var next in runner.RunAsync(item, new WorkCredit(100), cancellation))
        {
            events.Add(next);
        }

        return events;
    }

    private static async IAsyncEnumerable<WorkEvent> AnswerAsync(Task? held)
    {
        await (held ?? Task.CompletedTask);
        yield return WorkEvents.Finished(StopReason.EndTurn);
    }

    private void TellPaid(CliQuota quota) =>
        quota.Tell(new QuotaNews { Overage = OverageState.InUse, OverageEndsAt = _time.GetUtcNow().AddSeconds(90) });

    private FakeAdapter Adapter(Task? held = null) =>
        new((_, _) => AnswerAsync(held)) { Quota = new CliQuota("fake", new QuotaSetting(), _time) };

    private WorkRunner Runner(FakeAdapter adapter) => new(
        [adapter], new WorkOptions { MaxConcurrent = 1 }, new RunningCalls(_time), _time, NullLogger<WorkRunner>.Instance);
}
