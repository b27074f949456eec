using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Errors;
using Polydev.Broker.Limits;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Limits;

/// <summary>Memory for bodies: counted, given back, waited for, and clean.</summary>
public sealed class BodyMemoryTests
{
    private const int Kilobyte = 1024;

    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Rent_NoneLeft_WaitsUntilSomeIsGivenBack()
    {
        var memory = Of(64 * Kilobyte);
        var first = await memory.RentAsync(64 * Kilobyte, default);
        var waiting = memory.RentAsync(16 * Kilobyte, default).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);

        memory.Return(first, 0);

        Assert.That(await waiting.DefaultTimeout(), Has.Length.GreaterThanOrEqualTo(16 * Kilobyte));
        Assert.That(memory.InUse, Is.EqualTo(16 * Kilobyte));
    }

    [Test]
    public async Task Rent_NoneLeftForFiveSeconds_IsOverloaded()
    {
        var memory = Of(64 * Kilobyte);
        var first = await memory.RentAsync(64 * Kilobyte, default);
        var waiting = memory.RentAsync(16 * Kilobyte, default).AsTask();

        _time.Advance(BodyMemory.Patience);

        var error = Assert.ThrowsAsync<ApiException>(() => waiting.DefaultTimeout())!.Error;
        Assert.That(error.Kind, Is.EqualTo(ApiErrorKind.Overloaded));
        Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        memory.Return(first, 0);
        Assert.That(memory.InUse, Is.Zero);
    }

    [Test]
    public async Task Rent_SmallerThanOneThatWaits_IsNotHeldUp()
    {
        var memory = Of(64 * Kilobyte);
        await memory.RentAsync(32 * Kilobyte, default);
        var large = memory.RentAsync(64 * Kilobyte, default).AsTask();

        var small = memory.RentAsync(16 * Kilobyte, default);

        Assert.That(small.IsCompletedSuccessfully, Is.True);
        Assert.That(large.IsCompleted, Is.False);
    }

    [Test]
    public async Task Rent_CallerGoneWhileHeWaits_TakesNothing()
    {
        var memory = Of(64 * Kilobyte);
        var first = await memory.RentAsync(64 * Kilobyte, default);
        using var leaving = new CancellationTokenSource();
        var waiting = memory.RentAsync(16 * Kilobyte, leaving.Token).AsTask();

        await leaving.CancelAsync();

        Assert.That(async () => await waiting.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());
        memory.Return(first, 0);
        Assert.That(memory.InUse, Is.Zero);
    }

    [Test]
    public async Task Return_OfWhatHeldAPrompt_LeavesNoneOfIt()
    {
        var memory = Of(64 * Kilobyte);
        var block = await memory.RentAsync(Kilobyte, default);
        block.AsSpan().Fill((byte)'p');

        memory.Return(block, block.Length);

        Assert.That(block, Is.All.Zero);
    }

    private BodyMemory Of(long bytes) => new(new LimitOptions { BodyBytes = bytes }, _time);
}
