using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.SelfTest;

internal sealed class SelfTestGateTests
{
    private static readonly SelfTestSubject Subject = new("id", "claude", "2.0");
    private static readonly SelfTestVerdict Failed = new(SelfTestOutcome.Failed, "It offers a tool.");
    private static readonly SelfTestVerdict Undecided = new(SelfTestOutcome.Undecided, "It did not start.");

    private readonly FakeTimeProvider _time = new();
    private TemporaryFolder _folder = null!;
    private NoErrorLogs _logs = null!;
    private ILoggerFactory _loggers = null!;
    private SelfTestGate _gate = null!;
    private int _tests;

    [SetUp]
    public void SetUp()
    {
        (_folder, _logs, _tests) = (new TemporaryFolder(), new NoErrorLogs(), 0);
        _loggers = _logs.CreateFactory();
        _gate = Create();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _gate.DisposeAsync();
        _loggers.Dispose();
        _logs.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Find_Untested_TestsInTheBackgroundAndTells()
    {
        var point = new SyncPoint();
        var ended = WhenChanged(_gate);

        Assert.That(_gate.Find(Subject, Test(SelfTestVerdict.Passed, point)), Is.Null);
        await point.WaitForArrivalAsync();
        Assert.That(_gate.Find(Subject, Test(Failed)), Is.Null, "still the first test");
        Assert.That(_gate.Count, Is.Zero);
        point.Release();
        await ended.DefaultTimeout();

        Assert.That(_gate.Find(Subject, Test(Failed)), Is.EqualTo(SelfTestVerdict.Passed));
        Assert.That((_gate.Count, _tests), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task WaitAsync_ManyAtOnce_ShareOneTest()
    {
        var point = new SyncPoint();
        var waiting = Enumerable.Range(0, 20)
            .Select(_ => _gate.WaitAsync(Subject, Test(SelfTestVerdict.Passed, point), TimeSpan.FromSeconds(10), default)).ToList();
        await point.WaitForArrivalAsync();
        point.Release();

        Assert.That(await Task.WhenAll(waiting).DefaultTimeout(), Has.All.EqualTo(SelfTestVerdict.Passed));
        Assert.That(_tests, Is.EqualTo(1));
    }

    [Test]
    public async Task WaitAsync_PatienceOver_IsNullAndTheTestGoesOn()
    {
        var point = new SyncPoint();
        var waiting = _gate.WaitAsync(Subject, Test(SelfTestVerdict.Passed, point), TimeSpan.FromSeconds(10), default);
        await point.WaitForArrivalAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(await waiting.DefaultTimeout(), Is.Null);

        var ended = WhenChanged(_gate);
        point.Release();
        await ended.DefaultTimeout();

        Assert.That(_gate.Find(Subject, Test(Failed)), Is.EqualTo(SelfTestVerdict.Passed));
    }

    [Test]
    public async Task WaitAsync_Untested_TellsThatATestHasBegun()
    {
        var point = new SyncPoint();
        var begun = WhenChanged(_gate);
        var waiting = _gate.WaitAsync(Subject, Test(SelfTestVerdict.Passed, point), TimeSpan.FromSeconds(10), default);

        await begun.DefaultTimeout();

        point.Release();
        await waiting.DefaultTimeout();
    }

    [Test]
    public async Task Find_FailedBefore_IsRememberedByTheNextProcessForADay()
    {
        await _gate.WaitAsync(Subject, Test(Failed), TimeSpan.FromSeconds(10), default).DefaultTimeout();
        await using var next = Create();

        Assert.That(next.Find(Subject, Test(SelfTestVerdict.Passed)), Is.EqualTo(Failed));
        Assert.That(_tests, Is.EqualTo(1));

        _time.Advance(SelfTestRecords.FailuresStandFor);
        Assert.That(
            await next.WaitAsync(Subject, Test(SelfTestVerdict.Passed), TimeSpan.FromSeconds(10), default).DefaultTimeout(),
            Is.EqualTo(SelfTestVerdict.Passed));
    }

    [Test]
    public async Task Find_AnotherProgram_IsTestedByItself()
    {
        await _gate.WaitAsync(Subject, Test(SelfTestVerdict.Passed), TimeSpan.FromSeconds(10), default).DefaultTimeout();

        var other = Subject with { Id = "other" };
        Assert.That(
            await _gate.WaitAsync(other, Test(Failed), TimeSpan.FromSeconds(10), default).DefaultTimeout(), Is.EqualTo(Failed));
        Assert.That(_gate.Find(Subject, Test(Failed)), Is.EqualTo(SelfTestVerdict.Passed));
    }

    [Test]
    public async Task Find_Undecided_IsTriedAgainAfterAMinuteAndNotKept()
    {
        var waited = await _gate.WaitAsync(Subject, Test(Undecided), TimeSpan.FromSeconds(10), default).DefaultTimeout();
        Assert.That(waited, Is.EqualTo(Undecided));
        Assert.That(_gate.Find(Subject, Test(SelfTestVerdict.Passed)), Is.EqualTo(Undecided), "not at once");
        Assert.That(Directory.GetFiles(_folder.FullName, SelfTestRecords.FileName), Is.Empty);

        _time.Advance(SelfTestGate.TriedAgainAfter);

        Assert.That(
            await _gate.WaitAsync(Subject, Test(SelfTestVerdict.Passed), TimeSpan.FromSeconds(10), default).DefaultTimeout(),
            Is.EqualTo(SelfTestVerdict.Passed));
    }

    [Test]
    public async Task Find_TestThatDoesNotEnd_IsUndecidedAfterItsLimit()
    {
        var point = new SyncPoint();
        var ended = WhenChanged(_gate);
        _gate.Find(Subject, Test(SelfTestVerdict.Passed, point));
        await point.WaitForArrivalAsync();

        _time.Advance(SelfTestGate.Limit);

        await ended.DefaultTimeout();
        Assert.That(
            _gate.Find(Subject, Test(Failed)),
            Has.Property("Outcome").EqualTo(SelfTestOutcome.Undecided).And.Property("Reason").Contains("60 s"));
    }

    [Test]
    public async Task Find_TestThatThrows_IsUndecided()
    {
        var ended = WhenChanged(_gate);
        _gate.Find(Subject, _ => throw new InvalidOperationException("a defect"));

        await ended.DefaultTimeout();

        Assert.That(_gate.Find(Subject, Test(Failed)), Has.Property("Outcome").EqualTo(SelfTestOutcome.Undecided));
    }

    [Test]
    public async Task Find_AnotherTunnelTests_WaitsForItsVerdict()
    {
        await using var other = Create();
        var point = new SyncPoint();
        var theirs = other.WaitAsync(Subject, Test(SelfTestVerdict.Passed, point), TimeSpan.FromSeconds(10), default);
        await point.WaitForArrivalAsync();
        var ended = WhenChanged(_gate);
        _gate.Find(Subject, Test(Failed));

        point.Release();
        await theirs.DefaultTimeout();
        while (!ended.IsCompleted)
        {
            // Its turn comes with its next try; how many that takes is the thread pool's affair.
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        Assert.That(_gate.Find(Subject, Test(Failed)), Is.EqualTo(SelfTestVerdict.Passed));
        Assert.That(_tests, Is.EqualTo(1));
    }

    [Test]
    public async Task Find_Passed_IsWrittenDownBeforeTheTurnEnds()
    {
        var records = new SelfTestRecords(_folder.FullName);
        var turnWasFree = new List<bool>();
        using var logger = new SeenEvent("SelfTestPassed", () =>
        {
            // Said just before it is written down.
            using var turn = records.TryTakeTurn(Subject.Provider);
            turnWasFree.Add(turn is not null);
        });
        await using var gate = new SelfTestGate(records, _time, logger);

        await gate.WaitAsync(Subject, Test(SelfTestVerdict.Passed), TimeSpan.FromSeconds(10), default).DefaultTimeout();

        Assert.That(turnWasFree, Is.EqualTo(new[] { false }));
    }

    [Test]
    public async Task DisposeAsync_TestRuns_EndsIt()
    {
        var point = new SyncPoint();
        _gate.Find(Subject, Test(SelfTestVerdict.Passed, point));
        await point.WaitForArrivalAsync();

        await _gate.DisposeAsync().AsTask().DefaultTimeout();

        Assert.That(_gate.Count, Is.EqualTo(1));
        _gate = Create();
    }

    private static Task WhenChanged(SelfTestGate gate)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gate.Changed += () => changed.TrySetResult();
        return changed.Task;
    }

    private SelfTestGate Create() =>
        new(new SelfTestRecords(_folder.FullName), _time, _loggers.CreateLogger<SelfTestGate>());

    private Func<CancellationToken, Task<SelfTestVerdict>> Test(SelfTestVerdict verdict, SyncPoint? point = null) => async ending =>
    {
        Interlocked.Increment(ref _tests);
        await (point?.ArriveAsync(ending) ?? Task.CompletedTask);
        return verdict;
    };
}
