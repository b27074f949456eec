using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>What the adapters of all CLIs do alike, without any CLI.</summary>
internal sealed class CliAdapterTests
{
    private WorkItem _item = null!;
    private TemporaryFolder _folder = null!;
    private Func<int, FakeSession> _start = null!;
    private BrokerLoop _loop = null!;
    private FakeCliAdapter _adapter = null!;
    private CliEnvironment _environment = null!;

    private string Program => _folder.File("bin", "program");

    private string Login => _folder.File("home", "login");

    [SetUp]
    public void SetUp()
    {
        _item = new WorkItem { Model = "m", Messages = { CliRig.Message(Role.User, CliRig.Text("hello")) } };
        _folder = new TemporaryFolder();
        _start = number => new FakeSession("k", number);
        File.WriteAllText(Program, "1.0");
        _environment = new CliEnvironment
        {
            Variables = new Dictionary<string, string>(),
            Home = _folder.FullName,
            RunRoot = _folder.FullName,
            Pool = new CliSessionPoolOptions { Warm = 0 },
            Loop = _loop = new BrokerLoop(new Uri("http://127.0.0.1:5080")),
        };
        _adapter = new FakeCliAdapter(_environment, Program, Login, number => _start(number));
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _adapter.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task DetectAsync_PointedAtTheBroker_IsUnusableWithTheReason()
    {
        _adapter.Urls = ["http://localhost:5080/api/v1"];

        var info = await _adapter.DetectAsync(CancellationToken.None);

        Assert.That(info.State, Is.EqualTo(CliState.Unusable));
        Assert.That(info.Hint, Does.Contain("localhost:5080").And.Contain("without end"));
        Assert.That(Fails().Kind, Is.EqualTo(FailureKind.NoCli));
        Assert.That(_adapter.Started, Is.Zero);
    }

    [Test]
    public async Task Look_BrokerToldThatItIsWhereTheCliPoints_IsAnother()
    {
        _adapter.Urls = ["https://broker.example/api/v1"];
        Assert.That((await _adapter.DetectAsync(CancellationToken.None)).State, Is.EqualTo(CliState.Ready));
        var before = _adapter.Look();

        _loop.Learn(new Uri("https://broker.example/api/v1"));

        Assert.That(_adapter.Look(), Is.Not.EqualTo(before));
        Assert.That((await _adapter.DetectAsync(CancellationToken.None)).State, Is.EqualTo(CliState.Unusable));
    }

    [Test]
    public async Task RunAsync_ProcessFoundDead_IsAnsweredByAnother()
    {
        _start = number => new FakeSession("k", number) { DiesOf = number == 1 ? new IOException() : null };

        Assert.That((await RunAsync())[0].Text.Text, Is.EqualTo("by 2"));
    }

    [Test]
    public void RunAsync_SecondProcessFoundDeadToo_Fails()
    {
        _start = number => new FakeSession("k", number) { DiesOf = new IOException() };

        Assert.That(Fails().Kind, Is.EqualTo(FailureKind.CliCrashed));
        Assert.That(_adapter.Started, Is.EqualTo(2));
    }

    [TestCase(FailureKind.RateLimited)]
    [TestCase(FailureKind.LockBroken)]
    [TestCase(FailureKind.InvalidRequest)]
    public void RunAsync_AnyOtherFailure_IsNotTriedAgain(FailureKind kind)
    {
        _start = number => new FakeSession("k", number) { DiesOf = new CliFailureException(kind, "no") };

        Assert.That(Fails().Kind, Is.EqualTo(kind));
        Assert.That(_adapter.Started, Is.EqualTo(1));
    }

    [Test]
    public void RunAsync_SessionThatEndedItself_FailsWithItsIncident()
    {
        _start =
            number => new FakeSession("k", number) { DiesOf = new OperationCanceledException(), Incident = CallerTools.Broken("a file") };

        Assert.That(Fails().Kind, Is.EqualTo(FailureKind.LockBroken));
    }

    [Test]
    public void RunAsync_IncidentBeforeTheFinalEvent_OvertakesIt()
    {
        _start = number => new FakeSession("k", number) { Incident = CallerTools.Broken("a file") };

        Assert.That(Fails().Kind, Is.EqualTo(FailureKind.LockBroken));
    }

    [Test]
    public async Task RunAsync_LockOfAnotherCliBreaks_FailsAtOnceAndTheNextCallIsFresh()
    {
        var pause = new SyncPoint();
        FakeSession? running = null;
        _start = number => number == 1 ? running = new FakeSession("k", 1) { Pause = pause } : new FakeSession("k", number);
        await using var other = new FakeCliAdapter(
            _environment, Program, Login, number => new FakeSession("o", number) { Incident = CallerTools.Broken("a file") });
        var call = RunAsync();
        await pause.WaitForArrivalAsync();

        var broken = Assert.ThrowsAsync<CliFailureException>(() => RunAsync(other).DefaultTimeout())!;
        pause.Release();
        var ended = Assert.ThrowsAsync<CliFailureException>(() => call.DefaultTimeout())!;

        Assert.Multiple(() =>
        {
            Assert.That((broken.Kind, ended.Kind), Is.EqualTo((FailureKind.LockBroken, FailureKind.LockBroken)));
            Assert.That(broken.Message, Does.Contain("a file"));
            Assert.That(ended.Message, Does.Contain("another call").And.Contain("Try again"));
            Assert.That(running!.Killed, Is.Not.Null);
        });
        Assert.That((await RunAsync())[0].Text.Text, Is.EqualTo("by 2"));
    }

    [Test]
    public async Task RunAsync_AfterARefusedLogin_TakesNoProcessThatWaited()
    {
        await using var adapter = new FakeCliAdapter(
            _environment with { Pool = new CliSessionPoolOptions { Warm = 1 } }, Program, Login,
            number => new FakeSession("k", number)
            {
                CanServeAgain = true,
                DiesOf = number == 2 ? new CliFailureException(FailureKind.NotLoggedIn, "no") : null,
            });
        var isRefused = false;
        while (!isRefused)
        {
            // Which of those that wait comes first is open; the second one started is among them.
            try
            {
                await RunAsync(adapter);
            }
            catch (CliFailureException e) when (e.Kind == FailureKind.NotLoggedIn)
            {
                isRefused = true;
            }
        }

        var after = (await RunAsync(adapter))[0].Text.Text;

        Assert.That(after, Is.Not.EqualTo("by 1"), "what had waited beside it has the same old login");
    }

    [Test]
    public async Task DetectAsync_ModelIdsThatAreNoNames_AreNotOffered()
    {
        _adapter.Models.AddRange(["good", "--bad", "also bad", new string('x', 201)]);

        var info = await _adapter.DetectAsync(CancellationToken.None);

        Assert.That(info.Models.Select(model => model.Id), Is.EqualTo(new[] { "good" }));
    }

    [Test]
    public void RunAsync_ModelIdThatIsNoName_IsUnknownAndStartsNothing()
    {
        _item.Model = "--bad";

        Assert.That(Fails().Kind, Is.EqualTo(FailureKind.UnknownModel));
        Assert.That(_adapter.Started, Is.Zero);
    }

    [Test]
    public async Task RunAsync_ProgramThatCouldNotBeReadWhole_IsInspectedAgain()
    {
        File.WriteAllText(Program, "half");

        await RunAsync();
        await RunAsync();

        Assert.That(_adapter.Inspections, Is.GreaterThan(2));
    }

    [Test]
    public void RunAsync_ExceptionThatIsNoFailureOfTheCli_IsInternal()
    {
        _start = _ => throw new InvalidCastException();

        Assert.That(Fails().Kind, Is.EqualTo(FailureKind.Internal));
    }

    [Test]
    public async Task RunAsync_SameProgram_IsInspectedOnce()
    {
        await RunAsync();
        await RunAsync();
        Assert.That(_adapter.Inspections, Is.EqualTo(1));

        File.WriteAllText(Program, "1.0.1");
        await RunAsync();
        Assert.That(_adapter.Inspections, Is.EqualTo(2));
    }

    [Test]
    public void RunAsync_NotInstalled_SaysHowToInstallIt()
    {
        File.Delete(Program);

        Assert.That(Fails(), Has.Property("Kind").EqualTo(FailureKind.NoCli).And.Message.EqualTo("Install it."));
    }

    [Test]
    public async Task DetectAsync_Installed_IsReadyWithItsDescription()
    {
        var info = await _adapter.DetectAsync(CancellationToken.None);

        Assert.That((info.State, info.Version, info.Hint), Is.EqualTo((CliState.Ready, "1.0", string.Empty)));
        Assert.That(info.Honours, Is.EqualTo(new[] { "thinking" }));
    }

    [Test]
    public async Task DetectAsync_NotInstalled_SaysHowToInstallIt()
    {
        File.Delete(Program);

        var info = await _adapter.DetectAsync(CancellationToken.None);

        Assert.That((info.State, info.Hint), Is.EqualTo((CliState.NotInstalled, "Install it.")));
    }

    [TestCase(FailureKind.NotLoggedIn, CliState.NotLoggedIn)]
    [TestCase(FailureKind.NoCli, CliState.Unusable)]
    [TestCase(FailureKind.CliCrashed, CliState.Unusable)]
    public async Task DetectAsync_Refused_SaysWhy(FailureKind kind, CliState state)
    {
        _adapter.Describes = new CliFailureException(kind, "because");

        var info = await _adapter.DetectAsync(CancellationToken.None);

        Assert.That((info.State, info.Hint, info.Version), Is.EqualTo((state, "because", "1.0")));
    }

    [Test]
    public void DetectAsync_NoAnswer_IsThrown()
    {
        _adapter.Describes = new OperationCanceledException();
        Assert.ThrowsAsync<OperationCanceledException>(() => _adapter.DetectAsync(CancellationToken.None));

        _adapter.Describes = new InvalidCastException();
        Assert.ThrowsAsync<InvalidCastException>(() => _adapter.DetectAsync(CancellationToken.None));
    }

    [Test]
    public async Task Look_NothingChanged_IsTheSame()
    {
        var before = _adapter.Look();
        await RunAsync();

        Assert.That(_adapter.Look(), Is.EqualTo(before));
    }

    [Test]
    public void Look_ProgramOrLoginChanged_IsAnother()
    {
        var looks = new List<string> { _adapter.Look() };
        File.WriteAllText(Program, "2.0.0");
        looks.Add(_adapter.Look());
        File.WriteAllText(Login, "me");
        looks.Add(_adapter.Look());
        File.Delete(Program);
        looks.Add(_adapter.Look());

        Assert.That(looks, Is.Unique);
    }

    [TestCase(FailureKind.NotLoggedIn, true)]
    [TestCase(FailureKind.NoCli, true)]
    [TestCase(FailureKind.RateLimited, false)]
    public void Look_AfterAFailedCall_IsAnotherForWantOfALoginOrCli(FailureKind kind, bool isAnother)
    {
        _start = number => new FakeSession("k", number) { DiesOf = new CliFailureException(kind, "no") };
        var before = _adapter.Look();

        Fails();

        Assert.That(_adapter.Look() != before, Is.EqualTo(isAnother));
    }

    private CliFailureException Fails() => Assert.ThrowsAsync<CliFailureException>(() => RunAsync())!;

    private Task<List<WorkEvent>> RunAsync() => RunAsync(_adapter);

    private async Task<List<WorkEvent>> RunAsync(FakeCliAdapter adapter)
    {
        var events = new List<WorkEvent>();
        await foreach (var next in adapter.RunAsync(_item, CancellationToken.None))
        {
            events.Add(next);
        }

        return events;
    }
}
