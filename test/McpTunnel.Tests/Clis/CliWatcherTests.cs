using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CliWatcherTests
{
    private readonly FakeTimeProvider _time = new();
    private DetectedAdapter _one = null!;
    private DetectedAdapter _other = null!;
    private CliCatalog _catalog = null!;

    [SetUp]
    public void SetUp()
    {
        (_one, _other) = (new DetectedAdapter("one"), new DetectedAdapter("other"));
        _catalog = new CliCatalog([_one, _other], _time, NullLogger<CliCatalog>.Instance);
    }

    [TearDown]
    public void TearDown() => _catalog.Dispose();

    [Test]
    public async Task Watcher_EveryTwoMinutes_LooksAndTellsOfAChange()
    {
        _one.State = CliState.NotInstalled;
        await _catalog.GetAsync(CancellationToken.None);
        var changed = new TaskCompletionSource<Catalog>();
        _catalog.Changed += catalog => changed.TrySetResult(catalog);
        using var watcher = new CliWatcher(_catalog, _time);
        await watcher.StartAsync(CancellationToken.None);

        (_one.State, _one.Trace) = (CliState.Ready, "installed");
        _time.Advance(CliWatcher.Interval);

        Assert.That((await changed.Task.DefaultTimeout()).Clis[0].State, Is.EqualTo(CliState.Ready));
        await watcher.StopAsync(CancellationToken.None).DefaultTimeout();
    }

    [Test]
    public async Task Catalog_VendorsWindowsChange_TellsThemWithoutALook()
    {
        var quota = new CliQuota("one", new QuotaSetting(), _time);
        var cli = new DetectedAdapter("one") { Quota = quota, Login = LoginKind.Subscription };
        using var catalog = new CliCatalog([cli], _time, NullLogger<CliCatalog>.Instance);
        var told = new List<Catalog>();
        catalog.Changed += told.Add;
        quota.Tell(new QuotaNews { Windows = [new ToldWindow("5 h", 10, null)] });
        _time.Advance(CliQuota.Pause);
        Assert.That(told, Is.Empty, "nobody has looked for CLIs yet");

        await catalog.GetAsync(CancellationToken.None);
        quota.Tell(new QuotaNews { Windows = [new ToldWindow("5 h", 42, null)] });
        quota.Tell(new QuotaNews { Windows = [new ToldWindow("5 h", 43, null)] });
        _time.Advance(CliQuota.Pause);

        Assert.That(told.Select(news => news.Clis[0].Windows[0].UsedPercent), Is.EqualTo(new[] { 10.0, 43.0 }));
        Assert.That(catalog.Current, Is.SameAs(told[^1]));
        Assert.That(cli.Detections, Is.EqualTo(1));
    }

    /// <summary>Its process and its private folder are just going: a program that ended now would leave them behind.</summary>
    [Test]
    public async Task Catalog_DetectionWasGivenUp_IsDisposedOfOnceThatHasEnded()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var cli = new DetectedAdapter("one")
        {
            Meanwhile = _ =>
            {
                begun.SetResult();
                return ended.Task;
            },
        };
        var catalog = new CliCatalog([cli], _time, NullLogger<CliCatalog>.Instance);
        var looking = catalog.GetAsync(CancellationToken.None);
        await begun.Task.DefaultTimeout();
        _time.Advance(CliCatalog.DetectionLimit);
        Assert.That((await looking.DefaultTimeout()).Clis[0].Hint, Does.Contain("did not answer within 15 s"));

        var disposing = catalog.DisposeAsync().AsTask();
        Assert.That(disposing.IsCompleted, Is.False);
        ended.SetResult();

        await disposing.DefaultTimeout();
    }

    [Test]
    public async Task Catalog_DetectionNeverEnds_IsDisposedOfAllTheSame()
    {
        var begun = new TaskCompletionSource();
        var cli = new DetectedAdapter("one")
        {
            Meanwhile = _ =>
            {
                begun.SetResult();
                return new TaskCompletionSource().Task;
            },
        };
        var catalog = new CliCatalog([cli], _time, NullLogger<CliCatalog>.Instance);
        using var leaving = new CancellationTokenSource();
        var looking = catalog.GetAsync(leaving.Token);
        await begun.Task.DefaultTimeout();
        await leaving.CancelAsync();
        Assert.That(async () => await looking.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());

        var disposing = catalog.DisposeAsync().AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));

        await disposing.DefaultTimeout();
    }

    [Test]
    public async Task Watcher_NewsOfAnAdapter_LooksAtOnce()
    {
        _one.State = CliState.Testing;
        await _catalog.GetAsync(CancellationToken.None);
        var changed = new TaskCompletionSource<Catalog>();
        _catalog.Changed += catalog => changed.TrySetResult(catalog);
        using var watcher = new CliWatcher(_catalog, _time);
        await watcher.StartAsync(CancellationToken.None);
        var waiting = _catalog.GetTestedAsync(CancellationToken.None);
        Assert.That(waiting.IsCompleted, Is.False);

        (_one.State, _one.Trace) = (CliState.Ready, "tested");
        _one.Tell();

        Assert.That((await changed.Task.DefaultTimeout()).Clis[0].State, Is.EqualTo(CliState.Ready));
        Assert.That((await waiting.DefaultTimeout()).Clis[0].State, Is.EqualTo(CliState.Ready));
        await watcher.StopAsync(CancellationToken.None).DefaultTimeout();
    }

    // One that is tested anew, after an update, serves nobody meanwhile: and what comes of it is believed at once.
    [Test]
    public async Task LookAsync_WorkingCliIsTestedAndFails_IsUnusableAtOnce()
    {
        await _catalog.GetAsync(CancellationToken.None);
        var states = new List<CliState>();
        foreach (var state in new[] { CliState.Testing, CliState.Unusable })
        {
            (_one.State, _one.Trace) = (state, $"{_one.Trace}+");
            await LookAsync(1);
            states.Add(_catalog.Current!.Clis[0].State);
        }

        Assert.That(states, Is.EqualTo(new[] { CliState.Testing, CliState.Unusable }));
    }

    [Test]
    public async Task LookAsync_BeforeTheFirstDetection_StartsNothing()
    {
        await _catalog.LookAsync(CancellationToken.None);

        Assert.That((_one.Detections, _catalog.Current), Is.EqualTo((0, (Catalog?)null)));
    }

    [Test]
    public async Task LookAsync_AllReadyAndNothingChanged_LeavesTheMachineAlone()
    {
        await _catalog.GetAsync(CancellationToken.None);
        await LookAsync(100);

        Assert.That((_one.Detections, _other.Detections), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task LookAsync_OneChanged_AsksThatOneOnly()
    {
        await _catalog.GetAsync(CancellationToken.None);
        (_one.Trace, _one.State) = ("logged out", CliState.NotLoggedIn);
        await LookAsync(1);

        Assert.That((_one.Detections, _other.Detections), Is.EqualTo((2, 1)));
        Assert.That(_catalog.Current!.Clis.Select(cli => cli.State), Is.EqualTo(new[] { CliState.NotLoggedIn, CliState.Ready }));
    }

    // A login in a keychain shows in no file; one that never comes is not waited for every two minutes.
    [Test]
    public async Task LookAsync_NotReadyAndNothingChanged_AsksEverMoreRarely()
    {
        _one.State = CliState.NotLoggedIn;
        await _catalog.GetAsync(CancellationToken.None);
        var asked = new List<int>();
        for (var look = 1; look <= 31; look++)
        {
            var before = _one.Detections;
            await LookAsync(1);
            if (_one.Detections > before)
            {
                asked.Add(look);
            }
        }

        Assert.That(asked, Is.EqualTo(new[] { 1, 3, 7, 15, 23, 31 }));
        Assert.That(_other.Detections, Is.EqualTo(1));
    }

    [Test]
    public async Task LookAsync_ChangeWhileADetectionRuns_IsSeenByTheNext()
    {
        _one.Meanwhile = _ =>
        {
            _one.Trace = "changed";
            return Task.CompletedTask;
        };
        await _catalog.GetAsync(CancellationToken.None);
        await LookAsync(1);
        await LookAsync(1);

        Assert.That(_one.Detections, Is.EqualTo(2));
    }

    [Test]
    public async Task LookAsync_ChangeThatGaveNoAnswer_IsAskedAgain()
    {
        await _catalog.GetAsync(CancellationToken.None);
        (_one.Trace, _one.State) = ("logged out", CliState.NotLoggedIn);
        _one.Meanwhile = _ => throw new InvalidOperationException("no");
        await LookAsync(1);
        Assert.That(_catalog.Current!.Clis[0].State, Is.EqualTo(CliState.Ready));

        _one.Meanwhile = _ => Task.CompletedTask;
        await LookAsync(1);
        Assert.That(_catalog.Current!.Clis[0].State, Is.EqualTo(CliState.NotLoggedIn));
    }

    [Test]
    public async Task LookAsync_ChangeWhoseDetectionWasCancelled_IsAskedAgain()
    {
        await _catalog.GetAsync(CancellationToken.None);
        (_one.Trace, _one.State) = ("logged out", CliState.NotLoggedIn);
        using var cancel = new CancellationTokenSource();
        _one.Meanwhile = _ => cancel.CancelAsync();
        Assert.That(async () => await _catalog.LookAsync(cancel.Token), Throws.InstanceOf<OperationCanceledException>());

        _one.Meanwhile = _ => Task.CompletedTask;
        await LookAsync(1);
        Assert.That(_catalog.Current!.Clis[0].State, Is.EqualTo(CliState.NotLoggedIn));
    }

    // A full disk or a killed process looks like a broken CLI, and passes.
    [Test]
    public async Task LookAsync_WorkingCliIsUnusable_IsBelievedTheSecondTimeInARow()
    {
        await _catalog.GetAsync(CancellationToken.None);
        var states = new List<CliState>();
        foreach (var state in new[] { CliState.Unusable, CliState.Ready, CliState.Unusable, CliState.Unusable })
        {
            (_one.State, _one.Trace) = (state, $"{_one.Trace}+");
            await LookAsync(1);
            states.Add(_catalog.Current!.Clis[0].State);
        }

        Assert.That(states, Is.EqualTo(new[] { CliState.Ready, CliState.Ready, CliState.Ready, CliState.Unusable }));
    }

    [Test]
    public async Task DetectAsync_SlowOnce_KeepsAWorkingCliOnline()
    {
        await _catalog.GetAsync(CancellationToken.None);
        var arrived = new TaskCompletionSource();
        _one.Meanwhile = cancellationToken =>
        {
            arrived.TrySetResult();
            return new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        };
        _other.State = CliState.NotLoggedIn;

        var detecting = _catalog.DetectAsync(CancellationToken.None);
        await arrived.Task.DefaultTimeout();
        _time.Advance(CliCatalog.DetectionLimit);

        Assert.That(
            (await detecting.DefaultTimeout()).Clis.Select(cli => cli.State), Is.EqualTo(new[] { CliState.Ready, CliState.NotLoggedIn }));
    }

    [Test]
    public async Task DetectAsync_Faulted_KeepsAWorkingCliOnline()
    {
        await _catalog.GetAsync(CancellationToken.None);
        _one.Meanwhile = _ => throw new InvalidOperationException("no");

        Assert.That((await _catalog.DetectAsync(CancellationToken.None)).Clis[0].State, Is.EqualTo(CliState.Ready));
    }

    [Test]
    public async Task GetAsync_FaultedAtFirst_IsUnusableAndAskedAgain()
    {
        _one.Meanwhile = _ => throw new InvalidOperationException("no");
        var first = await _catalog.GetAsync(CancellationToken.None);
        _one.Meanwhile = _ => Task.CompletedTask;
        await LookAsync(1);

        Assert.That(first.Clis[0].State, Is.EqualTo(CliState.Unusable));
        Assert.That(_catalog.Current!.Clis[0].State, Is.EqualTo(CliState.Ready));
    }

    private async Task LookAsync(int times)
    {
        for (var look = 0; look < times; look++)
        {
            await _catalog.LookAsync(CancellationToken.None);
        }
    }
}
