using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.SelfTest;

/// <summary>No adapter gives a caller's text to a program that has not passed.</summary>
internal sealed class TestedAdapterTests
{
    private static readonly SelfTestVerdict Failed = new(SelfTestOutcome.Failed, "It offers a tool.");

    private readonly WorkItem _item = new() { Model = "m", Messages = { CliRig.Message(Role.User, CliRig.Text("hello")) } };
    private TemporaryFolder _folder = null!;
    private Func<int, FakeSession> _start = null!;
    private FakeCliAdapter _adapter = null!;

    private string Program => _folder.File("bin", "program");

    [SetUp]
    public void SetUp()
    {
        _folder = new TemporaryFolder();
        _start = number => new FakeSession("k", number);
        File.WriteAllText(Program, "1.0");
        _adapter = Create();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _adapter.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task DetectAsync_NewProgram_IsTestingThenReady()
    {
        var point = new SyncPoint();
        _adapter.Test = async (_, ending) =>
        {
            await point.ArriveAsync(ending);
            return SelfTestVerdict.Passed;
        };
        var before = _adapter.Look();

        var first = await _adapter.DetectAsync(CancellationToken.None);
        point.Release();
        var then = await TestedCli.DetectAsync(_adapter);

        Assert.That((first.State, first.Version), Is.EqualTo((CliState.Testing, "1.0")));
        Assert.That((then.State, then.Hint), Is.EqualTo((CliState.Ready, string.Empty)));
        Assert.That(_adapter.Look(), Is.Not.EqualTo(before));
    }

    [Test]
    public async Task DetectAsync_ProgramThatFails_IsUnusableWithTheReason()
    {
        _adapter.Test = (_, _) => Task.FromResult(Failed);

        var info = await TestedCli.DetectAsync(_adapter);

        Assert.That((info.State, info.Hint), Is.EqualTo((CliState.Unusable, Failed.Reason)));
        Assert.That(Fails(), Has.Property("Kind").EqualTo(FailureKind.NoCli).And.Message.EqualTo(Failed.Reason));
        Assert.That(_adapter.Started, Is.Zero);
    }

    [Test]
    public async Task RunAsync_NewProgram_WaitsForItsTest()
    {
        Assert.That((await RunAsync())[0].Text.Text, Is.EqualTo("by 1"));
        Assert.That(_adapter.Tested, Is.EqualTo(new[] { "1.0" }));
    }

    [Test]
    public async Task RunAsync_TestStillRuns_IsToldToComeAgain()
    {
        await _adapter.DisposeAsync();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        _adapter = Create(time);
        var point = new SyncPoint();
        _adapter.Test = async (_, ending) =>
        {
            await point.ArriveAsync(ending);
            return SelfTestVerdict.Passed;
        };

        var running = RunAsync();
        await point.WaitForArrivalAsync();
        time.Advance(FakeCliAdapter.TestPatience);
        var failure = Assert.ThrowsAsync<CliFailureException>(() => running.DefaultTimeout())!;
        point.Release();

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Busy));
        Assert.That(failure.Message, Does.Contain("being tested"));
        Assert.That(_adapter.Started, Is.Zero);
    }

    [Test]
    public async Task RunAsync_ProgramSwapped_ServesOnlyOnceTheNewOneHasPassed()
    {
        await RunAsync();
        File.WriteAllText(Program, "2.0.0");
        _adapter.Test = (_, _) => Task.FromResult(Failed);

        Assert.That(Fails().Message, Is.EqualTo(Failed.Reason));
        Assert.That(_adapter.Started, Is.EqualTo(1));

        File.WriteAllText(Program, "3.0.00");
        _adapter.Test = (_, _) => Task.FromResult(SelfTestVerdict.Passed);
        Assert.That((await RunAsync())[0].Text.Text, Is.EqualTo("by 2"));
        Assert.That(_adapter.Tested, Is.EqualTo(new[] { "1.0", "2.0.0", "3.0.00" }));
    }

    // Same length, same time of writing: as of a copy that keeps it.
    [Test]
    public async Task RunAsync_ProgramReplacedByOneOfItsSizeAndTime_IsTested()
    {
        await RunAsync();
        var written = File.GetLastWriteTimeUtc(Program);
        var next = _folder.File("bin", "next");
        File.WriteAllText(next, "2.0");
        File.SetLastWriteTimeUtc(next, written);
        File.Move(next, Program, overwrite: true);

        await RunAsync();

        Assert.That(_adapter.Tested, Is.EqualTo(new[] { "1.0", "2.0" }));
    }

    [Test]
    public async Task RunAsync_ProgramBehindAScriptReplaced_IsTested()
    {
        var behind = _folder.File("lib", "real");
        File.WriteAllText(behind, "one");
        File.WriteAllText(Program, $"#!/bin/sh\nexec \"{behind}\" \"$@\"\n");
        await RunAsync();

        File.WriteAllText(behind, "another");
        await RunAsync();

        Assert.That(_adapter.Tested, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task RunAsync_ProgramReplacedWhileASessionStarts_GetsNoText()
    {
        var sessions = new List<FakeSession>();
        _start = number =>
        {
            File.WriteAllText(Program, $"{number}.0.0");
            sessions.Add(new FakeSession("k", number));
            return sessions[^1];
        };

        var failure = Fails();

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.Busy));
        await sessions.Single().Ended.DefaultTimeout();
    }

    [Test]
    public async Task DetectAsync_ReplacedWhileItIsTested_IsTestedAgain()
    {
        _adapter.Test = (version, _) =>
        {
            if (version == "1.0")
            {
                File.WriteAllText(Program, "2.0.0");
            }

            return Task.FromResult(version == "1.0" ? SelfTestVerdict.Passed : Failed);
        };

        var info = await TestedCli.DetectAsync(_adapter);

        Assert.That((info.State, info.Version), Is.EqualTo((CliState.Unusable, "2.0.0")));
    }

    [Test]
    public async Task DetectAsync_TestedByAnEarlierProcess_IsReadyAtOnce()
    {
        await TestedCli.DetectAsync(_adapter);
        await using var next = Create();

        Assert.That((await next.DetectAsync(CancellationToken.None)).State, Is.EqualTo(CliState.Ready));
        Assert.That(next.Tested, Is.Empty);
    }

    private FakeCliAdapter Create(TimeProvider? time = null)
    {
        var environment = new CliEnvironment
        {
            Variables = new Dictionary<string, string>(),
            Home = _folder.FullName,
            RunRoot = _folder.FullName,
            Pool = new CliSessionPoolOptions { Warm = 0 },
            SelfTests = new SelfTestRecords(_folder.Folder("state")),
        };
        return new FakeCliAdapter(environment, Program, _folder.File("home", "login"), number => _start(number), time);
    }

    private CliFailureException Fails() => Assert.ThrowsAsync<CliFailureException>(() => RunAsync().DefaultTimeout())!;

    private async Task<List<WorkEvent>> RunAsync()
    {
        var events = new List<WorkEvent>();
        await foreach (var next in _adapter.RunAsync(_item, CancellationToken.None))
        {
            events.Add(next);
        }

        return events;
    }
}
