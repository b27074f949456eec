using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Calls;
using Polydev.Broker.Exchange;
using Polydev.Broker.Limits;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Api;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Calls;

/// <summary>What is told of a call while it runs, and that nothing is once it has ended, whatever ended it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RunningCallTests
{
    private readonly TestClock _time = new(new DateTimeOffset(2026, 11, 24, 13, 38, 5, TimeSpan.Zero));
    private readonly ScriptedExchange _exchange = new();
    private readonly SeenCalls _seen = new();
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync(replace: services =>
    {
        services.AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange).AddSingleton<TimeProvider>(_time);
        _seen.AddTo(services);
    });

    [TearDown]
    public async Task TearDown()
    {
        await _broker.DisposeAsync();
        _seen.Dispose();
    }

    [Test]
    public async Task Call_WhileItRuns_TellsWhatIsKnownSoFar()
    {
        var began = _time.GetUtcNow();
        var sending = BeginAsync(isStreamed: true);
        var work = await _exchange.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        var waiting = Running().Single();
        Assert.That(waiting, Is.EqualTo(new RecordedCall
        {
            Id = work.Item.WorkId,
            AccountId = "owner",
            KeyId = _broker.Key["pk-".Length..][..12],
            BeganAt = began,
            Model = "claude-opus-4-6",
            Dialect = "openai-chat",
            Provider = "claude",
            Machine = "desk",
            MachineId = "token1",
            CliVersion = "1.0",
            IsStreamed = true,
            SecretNumber = waiting.SecretNumber,
            Status = 0,
            Outcome = "",
            Result = default,
            DurationMilliseconds = 2000,
        }));

        work.Send(WorkEvents.Started(), WorkEvents.Text("the-answer"));
        using var response = await sending;
        _time.Advance(TimeSpan.FromSeconds(3));

        var answering = Running().Single();
        Assert.That((answering.FirstTokenMilliseconds, answering.DurationMilliseconds), Is.EqualTo((2000, 5000)));
        Assert.That((answering.Result, answering.IsFailed), Is.EqualTo((default(CallResult), false)));
        Assert.That(answering.ToString(), Does.Not.Contain("the-answer"));
    }

    [Test]
    public async Task Calls_OfAnotherAccount_AreNotAmongThem()
    {
        _ = BeginAsync(isStreamed: false);
        await _exchange.NextAsync();

        Assert.That(Running("ann"), Is.Empty);
        Assert.That(Running(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Calls_ThatRunTogether_AreTheNewestFirst()
    {
        var ids = new List<string>();
        for (var call = 0; call < 3; call++)
        {
            _ = BeginAsync(isStreamed: false);
            ids.Insert(0, (await _exchange.NextAsync()).Item.WorkId);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(Running().Select(call => call.Id), Is.EqualTo(ids));
    }

    [TestCase("answered", false, "finished")]
    [TestCase("answered", true, "finished")]
    [TestCase("failed", false, "CliCrashed")]
    [TestCase("failed", true, "CliCrashed")]
    [TestCase("broken off", true, "CliCrashed")]
    [TestCase("caller left", false, "cancelled")]
    [TestCase("caller left", true, "cancelled")]
    [TestCase("key revoked", false, "revoked")]
    [TestCase("key revoked", true, "revoked")]
    [TestCase("time over", false, "TimedOut")]
    public async Task Call_HoweverItEnds_RunsNoMore(string end, bool isStreamed, string outcome)
    {
        using var leaving = new CancellationTokenSource();
        var sending = BeginAsync(isStreamed, leaving.Token);
        var work = await _exchange.NextAsync();
        Assert.That(Running(), Has.Count.EqualTo(1));

        switch (end)
        {
            case "answered":
                work.Send(WorkEvents.Started(), WorkEvents.Text("yes"), WorkEvents.Finished(StopReason.EndTurn));
                break;
            case "failed":
                work.Send(WorkEvents.Started(), WorkEvents.Failed(FailureKind.CliCrashed, "It has gone."));
                break;
            case "broken off":
                work.Send(WorkEvents.Started(), WorkEvents.Text("ye"), WorkEvents.Failed(FailureKind.CliCrashed, "It has gone."));
                break;
            case "caller left":
                await leaving.CancelAsync();
                break;
            case "key revoked":
                await _broker.RevokeKeyAsync();
                break;
            default:
                _time.Advance(new LimitOptions().CallTime);
                break;
        }

        Assert.That((await _seen.NextAsync()).Outcome, Is.EqualTo(outcome));
        Assert.That(Running(), Is.Empty);
        await EndAsync(sending, leaving.IsCancellationRequested);
    }

    [Test]
    public async Task Call_ThatFindsNoTunnel_NeverRuns()
    {
        _exchange.IsOnline = false;

        using var response = await BeginAsync(isStreamed: false);

        Assert.That((int)response.StatusCode, Is.EqualTo(503));
        Assert.That(Running(), Is.Empty);
    }

    private static async Task EndAsync(Task<HttpResponseMessage> sending, bool hasLeft)
    {
        if (hasLeft)
        {
            Assert.That(() => sending, Throws.InstanceOf<OperationCanceledException>());
            return;
        }

        (await sending).Dispose();
    }

    private IReadOnlyList<RecordedCall> Running(string accountId = "owner") =>
        _broker.Services.GetRequiredService<RunningCalls>().Of(accountId);

    private Task<HttpResponseMessage> BeginAsync(bool isStreamed, CancellationToken cancellationToken = default)
    {
        var (path, body) = CallShapes.Of("openai-chat", stream: isStreamed);
        return _broker.PostAsync(path, body, cancellationToken);
    }
}
