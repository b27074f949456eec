using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Tests.Tunnel;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Login;

/// <summary>A login or logout in another terminal, as a process that runs meets it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LoginWatcherTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Watcher_AFileThatComesChangesAndGoes_TellsEach()
    {
        var file = new LoginFile(_folder.File("polydev", "credentials.json"));
        var access = new TunnelAccess(() => TunnelSettings.From(new Dictionary<string, string>(), file));
        var time = new FakeTimeProvider();
        using var watcher = new LoginWatcher(access, file, time);
        await watcher.StartAsync(CancellationToken.None);

        foreach (var token in new[] { "pd_a", "pd_longer", null })
        {
            var changed = access.Now.Changed;
            if (token is null)
            {
                file.Delete();
            }
            else
            {
                file.Write(new StoredLogin(TunnelSettings.DefaultBroker, token, "studio"));
            }

            await ChangedAsync(time, changed);
            Assert.That(access.Current.Token, Is.EqualTo(token));
        }

        await watcher.StopAsync(CancellationToken.None).DefaultTimeout();
    }

    [Test]
    public async Task Worker_LoggedInThenOut_ComesOnlineAndGoes()
    {
        await using var fixture = await TunnelFixture.StartAsync();
        var file = new LoginFile(_folder.File("polydev", "credentials.json"));
        var access = new TunnelAccess(() => TunnelSettings.From(new Dictionary<string, string>(), file));
        var tunnel = await fixture.StartTunnelAsync(access);
        Assert.That((await tunnel.ReachesAsync(TunnelPhase.NotConfigured)).Error, Does.Contain("polydev-mcp login"));

        file.Write(new StoredLogin(fixture.Broker.Url, "pd_first", "studio"));
        access.Look();
        var first = await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
        Assert.That(first.Authorization, Is.EqualTo("Bearer pd_first"));

        file.Write(new StoredLogin(fixture.Broker.Url, "pd_second", "studio"));
        access.Look();
        var second = await fixture.Broker.WelcomeAsync();
        await tunnel.ReachesAsync(TunnelPhase.Online);
        Assert.That(second.Authorization, Is.EqualTo("Bearer pd_second"));

        file.Delete();
        access.Look();
        await tunnel.ReachesAsync(TunnelPhase.NotConfigured);
    }

    // The watcher asks for its next tick by itself: the clock is turned until it has looked.
    private static async Task ChangedAsync(FakeTimeProvider time, CancellationToken changed)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = changed.Register(told.SetResult);
        using var turning = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        while (!told.Task.IsCompleted)
        {
            time.Advance(LoginWatcher.Interval);
            await turning.WaitForNextTickAsync(limit.Token);
        }
    }
}
