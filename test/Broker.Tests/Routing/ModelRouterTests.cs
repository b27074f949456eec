using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ModelRouterTests
{
    private readonly TunnelRig _rig = new();

    private ModelRouter Router => new(_rig.Registry, _rig.Time);

    [TestCase("claude-opus-4-6", "claude", "claude-opus-4-6")]
    [TestCase("models/claude-opus-4-6", "claude", "claude-opus-4-6")]
    [TestCase("gpt-5.3-codex", "codex", "gpt-5.3-codex")]
    [TestCase("o4-mini", "codex", "o4-mini")]
    [TestCase("codex/whatever", "codex", "whatever")]
    [TestCase("gemini-9-pro", "gemini", "gemini-9-pro")]
    [TestCase("special", "gemini", "special")]
    public async Task Route_KnownOrReportedModel_GoesToItsCli(string model, string provider, string cliModel)
    {
        _rig.Connect("t1", Frames.Cli("claude"), Frames.Cli("codex"), Frames.Cli("gemini", "special"));

        var route = await RouteAsync(model);

        Assert.That((route.Provider, route.Model), Is.EqualTo((provider, cliModel)));
    }

    [Test]
    public void Route_NoFamily_IsModelNotFound()
    {
        _rig.Connect("t1", Frames.Cli("claude"));

        Assert.That(ErrorOf("mistral-large").Kind, Is.EqualTo(ApiErrorKind.ModelNotFound));
    }

    [TestCase("--dangerous")]
    [TestCase("claude/../x")]
    [TestCase("gpt-5\u001b[2J")]
    [TestCase("gemini-2.5-flash?key=x")]
    public void Route_IdThatIsNoName_IsModelNotFoundAndNotRepeated(string model)
    {
        _rig.Connect("t1", Frames.Cli("claude", model), Frames.Cli("codex", model), Frames.Cli("gemini", model));

        var error = ErrorOf(model);

        Assert.That((error.Kind, error.Message.Contains(model)), Is.EqualTo((ApiErrorKind.ModelNotFound, false)));
    }

    [TestCase("o3")]
    [TestCase("an-id-that-some-CLI-may-report")]
    public void Route_NoTunnel_IsTunnelOffline(string model)
    {
        var error = ErrorOf(model);

        Assert.That((error.Kind, error.Status, error.ShouldRetry), Is.EqualTo((ApiErrorKind.TunnelOffline, 503, false)));
        Assert.That(error.Message, Does.StartWith("Tunnel offline").And.Contain("polydev-mcp tunnel"));
    }

    [Test]
    public void Route_IdThatOnlyADepartedCliReports_IsTunnelOffline()
    {
        var hello = Frames.Hello("t1", Frames.Cli("gemini", "special"));
        hello.MachineName = "laptop";
        _rig.Disconnect(_rig.Connect(hello));
        _rig.Connect("t2", Frames.Cli("claude"));
        _rig.Time.Advance(new TunnelOptions().AwaitReturn);

        Assert.That(ErrorOf("special").Kind, Is.EqualTo(ApiErrorKind.TunnelOffline));
        Assert.That(ErrorOf("mistral-large").Kind, Is.EqualTo(ApiErrorKind.ModelNotFound));
    }

    [Test]
    public void Route_AnotherAccountsTunnel_IsTunnelOffline()
    {
        _rig.Connect(Frames.Hello("t1", Frames.Cli("codex")), "somebody");

        Assert.That(ErrorOf("o3").Kind, Is.EqualTo(ApiErrorKind.TunnelOffline));
    }

    [Test]
    public void Route_CliNotLoggedIn_NamesWhatToDo()
    {
        var cli = Frames.Cli("codex");
        cli.State = CliState.NotLoggedIn;
        cli.Hint = "Log in with `codex login`.";
        _rig.Connect("t1", cli, Frames.Cli("claude"));

        var error = ErrorOf("o3");

        Assert.That((error.Kind, error.ShouldRetry), Is.EqualTo((ApiErrorKind.NoProvider, false)));
        Assert.That(error.Message, Does.StartWith("No matching CLI provider").And.Contain("codex login"));
    }

    [Test]
    public async Task Route_TwoTunnels_PrefersTheOneThatReportsTheModel()
    {
        _rig.Connect("t1", Frames.Cli("codex"));
        var reports = _rig.Connect("t2", Frames.Cli("codex", "o3"));

        Assert.That((await RouteAsync("o3")).SessionId, Is.EqualTo(reports.Id));
    }

    [Test]
    public async Task Route_TwoTunnels_PrefersTheLessBusy()
    {
        var busy = _rig.Connect("t1", Frames.Cli("codex"));
        var free = _rig.Connect("t2", Frames.Cli("codex"));
        busy.Account.Start(busy, new WorkItem { WorkId = "w1" });

        Assert.That((await RouteAsync("o3")).SessionId, Is.EqualTo(free.Id));
    }

    [Test]
    public async Task Route_TunnelDrains_WaitsForItsSuccessor()
    {
        _rig.Connect("t1", Frames.Cli("codex")).Drain(TimeSpan.Zero);
        var routing = RouteAsync("o3");
        Assert.That(routing.IsCompleted, Is.False);

        var successor = _rig.Connect("t1", Frames.Cli("codex"));

        Assert.That((await routing.DefaultTimeout()).SessionId, Is.EqualTo(successor.Id));
    }

    [Test]
    public async Task Route_TunnelCutOff_WaitsForItsReturn()
    {
        _rig.Disconnect(_rig.Connect("t1", Frames.Cli("codex")));
        var routing = RouteAsync("o3");
        _rig.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.That(routing.IsCompleted, Is.False);

        var back = _rig.Connect("t1", Frames.Cli("codex"));

        Assert.That((await routing.DefaultTimeout()).SessionId, Is.EqualTo(back.Id));
    }

    [Test]
    public void Route_AwaitedTunnelDoesNotCome_AllowsARetry()
    {
        _rig.Connect("t1", Frames.Cli("codex")).Drain(TimeSpan.Zero);
        var routing = RouteAsync("o3");

        _rig.Time.Advance(ModelRouter.ReturnLimit);

        var error = Assert.ThrowsAsync<ApiException>(() => routing.DefaultTimeout())!.Error;
        Assert.That((error.Kind, error.Status, error.ShouldRetry), Is.EqualTo((ApiErrorKind.TunnelOffline, 503, true)));
        Assert.That(error.RetryAfter, Is.Not.Null);
    }

    [Test]
    public void Route_BrokerStops_SendsTheCallElsewhereAtOnce()
    {
        _rig.Connect("t1", Frames.Cli("codex")).Drain(TimeSpan.Zero);
        var routing = RouteAsync("o3");

        _rig.Registry.Close();

        var error = Assert.ThrowsAsync<ApiException>(() => routing.DefaultTimeout())!.Error;
        Assert.That((error.Kind, error.ShouldRetry), Is.EqualTo((ApiErrorKind.TunnelOffline, true)));
    }

    [Test]
    public void Route_AnotherTunnelIsAwaitedThatHasNoSuchCli_DoesNotWait()
    {
        var cli = Frames.Cli("codex");
        cli.State = CliState.NotInstalled;
        _rig.Connect("t1", cli);
        var laptop = Frames.Hello("t2", Frames.Cli("claude"));
        laptop.MachineName = "laptop";
        _rig.Disconnect(_rig.Connect(laptop));

        Assert.That(ErrorOf("o3").Kind, Is.EqualTo(ApiErrorKind.NoProvider));
    }

    [Test]
    public void Route_CliOfATunnelThatSaidGoodbyeLongAgo_IsNotAwaited()
    {
        var gone = Frames.Hello("t1", Frames.Cli("codex"));
        gone.MachineName = "laptop";
        var session = _rig.Connect(gone);
        session.Receive(new ClientFrame { Goodbye = new Goodbye { Reason = "stopped" } });
        _rig.Disconnect(session);
        var other = Frames.Hello("t2", Frames.Cli("claude"));
        other.MachineName = "server";
        _rig.Disconnect(_rig.Connect(other));
        _rig.Connect("t3", Frames.Cli("gemini"));

        Assert.That(ErrorOf("o3").ShouldRetry, Is.False);
    }

    private Task<ModelRoute> RouteAsync(string model) => Router.RouteAsync("owner", model, CancellationToken.None).AsTask();

    private ApiError ErrorOf(string model) => Assert.ThrowsAsync<ApiException>(() => RouteAsync(model).DefaultTimeout())!.Error;
}
