using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Work;

public sealed class WorkCreditTests
{
    [Test]
    public async Task TakeAsync_WindowSpent_WaitsForTheNextGrant()
    {
        var credit = new WorkCredit(2);
        await TakeAsync(credit, 2);

        var third = credit.TakeAsync(CancellationToken.None).AsTask();
        Assert.That(third.IsCompleted, Is.False);

        credit.Grant(1);
        Assert.That(await third.DefaultTimeout(), Is.True);
        Assert.That(HasCredit(credit), Is.False, "One grant buys one event.");
    }

    [Test]
    public async Task TakenThrough_Cumulative_MovesTheWindow()
    {
        var credit = new WorkCredit(3);
        await TakeAsync(credit, 3);
        var fourth = credit.TakeAsync(CancellationToken.None).AsTask();

        credit.TakenThrough(2);

        Assert.That(await fourth.DefaultTimeout(), Is.True);
        await TakeAsync(credit, 1);
        Assert.That(HasCredit(credit), Is.False, "Taken through 2, with a window of 3: five in all.");
    }

    [Test]
    public async Task TakenThrough_ToldAgainOrLate_ChangesNothing()
    {
        var credit = new WorkCredit(1);
        credit.TakenThrough(4);
        await TakeAsync(credit, 5);

        credit.TakenThrough(4);
        credit.TakenThrough(2);

        Assert.That(HasCredit(credit), Is.False);
    }

    [Test]
    public async Task TakeAsync_CancelledWhileItWaits_IsFalseAndTakesNone()
    {
        var credit = new WorkCredit(0);
        using var cancelled = new CancellationTokenSource();
        var waiting = credit.TakeAsync(cancelled.Token).AsTask();

        await cancelled.CancelAsync();
        Assert.That(await waiting.DefaultTimeout(), Is.False);

        credit.Grant(1);
        Assert.That(HasCredit(credit), Is.True);
    }

    [Test]
    public async Task TakeAsync_CancelledBefore_IsFalseThoughThereIsCredit() =>
        Assert.That(await new WorkCredit(1).TakeAsync(new CancellationToken(canceled: true)), Is.False);

    [Test]
    public void Grant_Zero_WakesNobody()
    {
        var credit = new WorkCredit(0);
        var waiting = credit.TakeAsync(CancellationToken.None).AsTask();

        credit.Grant(0);
        credit.TakenThrough(0);

        Assert.That(waiting.IsCompleted, Is.False);
    }

    [Test]
    public void Grant_MoreThanCanBeCounted_StaysAtTheMost()
    {
        var unlimited = WorkCredit.Unlimited();
        var window = new WorkCredit(5);

        unlimited.Grant(uint.MaxValue);
        window.TakenThrough(ulong.MaxValue);

        Assert.That((HasCredit(unlimited), HasCredit(window)), Is.EqualTo((true, true)));
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

        await TakeAsync(credit, 8000);

        await granting;
        Assert.That(HasCredit(credit), Is.False);
    }

    [Test]
    public async Task TakeAsync_BytesOfTheWindowSent_WaitsUntilTheCallerHasTakenSome()
    {
        var credit = new WorkCredit(100, byteWindow: 10);
        await TakeAsync(credit, 1);
        credit.Spend(Text(9));
        Assert.That(HasCredit(credit), Is.False, "Nine characters are more than ten bytes of an event.");
        var next = credit.TakeAsync(CancellationToken.None).AsTask();

        credit.TakenThrough(1);
        Assert.That(next.IsCompleted, Is.False, "It said no bytes.");
        credit.TakenThrough(1, (ulong)Text(9).CalculateSize());

        Assert.That(await next.DefaultTimeout(), Is.True);
    }

    [Test]
    public async Task TakeAsync_EventLargerThanTheWindow_MayGoAlone()
    {
        var credit = new WorkCredit(100, byteWindow: 10);
        for (var (sequence, taken) = (1UL, 0UL); sequence <= 3; sequence++)
        {
            await TakeAsync(credit, 1);
            credit.Spend(Text(1000));
            Assert.That(HasCredit(credit), Is.False);
            credit.TakenThrough(sequence, taken += (ulong)Text(1000).CalculateSize());
        }
    }

    [Test]
    public async Task TakenThrough_MoreBytesThanWereSent_CountsAsAll()
    {
        var credit = new WorkCredit(100, byteWindow: 10);
        credit.TakenThrough(1, ulong.MaxValue);
        await TakeAsync(credit, 1);
        credit.Spend(Text(1000));

        Assert.That(HasCredit(credit), Is.False);
    }

    private static WorkEvent Text(int length) => WorkEvents.Text(new string('x', length));

    private static async Task TakeAsync(WorkCredit credit, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.That(await credit.TakeAsync(CancellationToken.None).AsTask().DefaultTimeout(), Is.True);
        }
    }

    // Takes it, when there is.
    private static bool HasCredit(WorkCredit credit) => credit.TakeAsync(CancellationToken.None).AsTask().IsCompletedSuccessfully;
}
