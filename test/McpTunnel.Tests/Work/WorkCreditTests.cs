using Polydev.McpTunnel.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Work;

public sealed class WorkCreditTests
{
    [Test]
    public async Task WaitAsync_InitialCreditSpent_WaitsForTheNextGrant()
    {
        var credit = new WorkCredit(2);
        await credit.WaitAsync(CancellationToken.None);
        await credit.WaitAsync(CancellationToken.None);

        var third = credit.WaitAsync(CancellationToken.None);
        Assert.That(third.IsCompleted, Is.False);

        credit.Grant(1);
        await third.DefaultTimeout();
        Assert.That(credit.WaitAsync(CancellationToken.None).IsCompleted, Is.False, "One grant buys one event.");
    }

    [Test]
    public void WaitAsync_Cancelled_TakesNoCredit()
    {
        var credit = new WorkCredit(0);
        using var cancelled = new CancellationTokenSource();
        var waiting = credit.WaitAsync(cancelled.Token);

        cancelled.Cancel();
        Assert.That(async () => await waiting.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());

        credit.Grant(1);
        Assert.That(credit.WaitAsync(CancellationToken.None).IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public void Grant_Zero_WakesNobody()
    {
        var credit = new WorkCredit(0);
        var waiting = credit.WaitAsync(CancellationToken.None);

        credit.Grant(0);

        Assert.That(waiting.IsCompleted, Is.False);
    }

    [Test]
    public void Grant_MoreThanCanBeCounted_StaysAtTheMost()
    {
        var credit = WorkCredit.Unlimited();

        credit.Grant(uint.MaxValue);

        Assert.That(credit.WaitAsync(CancellationToken.None).IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task Grant_ManyGranters_LosesNone()
    {
        var credit = new WorkCredit(0);
        var granting = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                credit.Grant(1);
            }
        })));

        for (var i = 0; i < 8000; i++)
        {
            await credit.WaitAsync(CancellationToken.None).DefaultTimeout();
        }

        await granting;
        Assert.That(credit.WaitAsync(CancellationToken.None).IsCompleted, Is.False);
    }
}
