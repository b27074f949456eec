using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Routing;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ModelRouterTests
{
    private readonly TunnelRegistry _tunnels = new();

    private ModelRouter Router => new(_tunnels);

    [TestCase("claude-opus-4-6", "claude", "claude-opus-4-6")]
    [TestCase("models/claude-opus-4-6", "claude", "claude-opus-4-6")]
    [TestCase("gpt-5.3-codex", "codex", "gpt-5.3-codex")]
    [TestCase("o4-mini", "codex", "o4-mini")]
    [TestCase("codex/whatever", "codex", "whatever")]
    [TestCase("gemini-9-pro", "gemini", "gemini-9-pro")]
    [TestCase("special", "gemini", "special")]
    public void Route_KnownOrReportedModel_GoesToItsCli(string model, string provider, string cliModel)
    {
        Connect("t1", Frames.Cli("claude"), Frames.Cli("codex"), Frames.Cli("gemini", "special"));

        var route = Router.Route("owner", model);

        Assert.That((route.Cli.Provider, route.Model), Is.EqualTo((provider, cliModel)));
    }

    [Test]
    public void Route_NoFamily_IsModelNotFoundEvenWithoutATunnel() =>
        Assert.That(ErrorOf("mistral-large"), Is.EqualTo(ApiErrorKind.ModelNotFound));

    [Test]
    public void Route_NoTunnel_IsTunnelOffline()
    {
        var error = Assert.Throws<ApiException>(() => Router.Route("owner", "o3"))!.Error;

        Assert.That((error.Kind, error.Status, error.ShouldRetry), Is.EqualTo((ApiErrorKind.TunnelOffline, 503, false)));
        Assert.That(error.Message, Does.StartWith("Tunnel offline").And.Contain("polydev-mcp tunnel"));
    }

    [Test]
    public void Route_AnotherAccountsTunnel_IsTunnelOffline()
    {
        _tunnels.Add(new TunnelSession("somebody", Frames.Hello("t1", Frames.Cli("codex")), TimeSpan.FromSeconds(120), TimeProvider.System));

        Assert.That(ErrorOf("o3"), Is.EqualTo(ApiErrorKind.TunnelOffline));
    }

    [Test]
    public void Route_CliNotLoggedIn_NamesWhatToDo()
    {
        var cli = Frames.Cli("codex");
        cli.State = CliState.NotLoggedIn;
        cli.Hint = "Log in with `codex login`.";
        Connect("t1", cli, Frames.Cli("claude"));

        var error = Assert.Throws<ApiException>(() => Router.Route("owner", "o3"))!.Error;

        Assert.That((error.Kind, error.ShouldRetry), Is.EqualTo((ApiErrorKind.NoProvider, false)));
        Assert.That(error.Message, Does.StartWith("No matching CLI provider").And.Contain("codex login"));
    }

    [Test]
    public void Route_TwoTunnels_PrefersTheOneThatReportsTheModel()
    {
        Connect("t1", Frames.Cli("codex"));
        Connect("t2", Frames.Cli("codex", "o3"));

        Assert.That(Router.Route("owner", "o3").Session.TunnelId, Is.EqualTo("t2"));
    }

    [Test]
    public void Route_DrainingTunnel_IsPassedOver()
    {
        Connect("t1", Frames.Cli("codex")).Drain(TimeSpan.FromSeconds(1));

        Assert.That(ErrorOf("o3"), Is.EqualTo(ApiErrorKind.TunnelOffline));
    }

    private ApiErrorKind ErrorOf(string model) => Assert.Throws<ApiException>(() => Router.Route("owner", model))!.Error.Kind;

    private TunnelSession Connect(string tunnelId, params CliInfo[] clis)
    {
        var session = new TunnelSession("owner", Frames.Hello(tunnelId, clis), TimeSpan.FromSeconds(120), TimeProvider.System);
        _tunnels.Add(session);
        return session;
    }
}
