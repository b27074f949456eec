using Polydev.McpTunnel.Commands;
using Polydev.McpTunnel.Tunnel;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Login;

/// <summary>Which token goes to which broker, of what is stored and what is set.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StoredSettingsTests
{
    private static readonly Uri Broker = new("https://broker.example");

    private readonly TemporaryFolder _folder = new();
    private readonly LoginFile _file;

    public StoredSettingsTests() => _file = new LoginFile(_folder.File("polydev", "credentials.json"));

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Stored_NothingSet_IsTaken()
    {
        Store(Broker);

        var settings = From();

        Assert.That((settings.Broker, settings.Token, settings.Problem), Is.EqualTo((Broker, "pd_stored", (string?)null)));
        Assert.That((settings.IsStored, settings.CanLogIn, settings.IsLoggedOut), Is.EqualTo((true, true, false)));
    }

    [Test]
    public void Stored_ATokenIsSet_ThatOneGoesAndNotToTheStoredBroker()
    {
        Store(Broker);

        var settings = From(("POLYDEV_USER_TOKEN", "pd_set"));

        Assert.That((settings.Broker, settings.Token), Is.EqualTo((TunnelSettings.DefaultBroker, "pd_set")));
        Assert.That((settings.IsStored, settings.CanLogIn), Is.EqualTo((false, false)));
    }

    [TestCase("https://broker.example/", true)]
    [TestCase("https://BROKER.example:443", true)]
    [TestCase("https://broker.example:8443", false)]
    [TestCase("https://broker.example.evil.example", false)]
    [TestCase("http://127.0.0.1:5080", false)]
    public void Stored_ABrokerIsSet_TheTokenGoesToItsOwnAlone(string url, bool isSame)
    {
        Store(Broker);

        var settings = From(("POLYDEV_BROKER_URL", url));

        Assert.That(settings.Token, Is.EqualTo(isSame ? "pd_stored" : null));
        Assert.That(
            settings.Problem, isSame ? Is.Null : Does.Contain("logged in at https://broker.example/").And.Contain("polydev-mcp login"));
    }

    [TestCase("http://localhost:5080", true)]
    [TestCase("http://[::1]:5080", true)]
    [TestCase("http://localhost:5081", false)]
    [TestCase("https://localhost:5080", false)]
    public void Stored_OfThisMachine_GoesByAnyOfItsNames(string url, bool isSame)
    {
        Store(TunnelSettings.DefaultBroker);

        Assert.That(From(("POLYDEV_BROKER_URL", url)).Token, Is.EqualTo(isSame ? "pd_stored" : null));
    }

    [TestCase(null, false)]
    [TestCase("https://broker.example", true)]
    public void Stored_APlaceForTunnelsIsSet_TakesTheTokenThereOnlyBesideItsBroker(string? url, bool isTaken)
    {
        Store(Broker);

        var settings = url is null
            ? From(("POLYDEV_GRPC_URL", "https://elsewhere.example"))
            : From(("POLYDEV_GRPC_URL", "https://elsewhere.example"), ("POLYDEV_BROKER_URL", url));

        Assert.That(
            settings.Problem,
            isTaken ? Is.Null : Does.Contain("POLYDEV_GRPC_URL").And.Contain("https://broker.example/").And.Contain("POLYDEV_BROKER_URL"));
    }

    [Test]
    public void Stored_WithoutTls_IsNotSentOverANetwork()
    {
        Store(new Uri("http://desk:5080"));

        Assert.That(From().Problem, Does.Contain("has no TLS"));
        Assert.That(From(("POLYDEV_INSECURE", "1")).Problem, Is.Null);
    }

    [Test]
    public void NothingStored_NothingSet_WaitsForALogin()
    {
        var settings = From();

        Assert.That((settings.IsLoggedOut, settings.CanLogIn), Is.EqualTo((true, true)));
        Assert.That(GiveUp.IsHopeless(At(TunnelPhase.NotConfigured), settings), Is.False);
        Assert.That(GiveUp.IsHopeless(At(TunnelPhase.NotConfigured), From(("POLYDEV_BROKER_URL", "nonsense"))), Is.True);
    }

    [Test]
    public void Refused_IsForGood_OnlyWhereNoLoginCanHelp()
    {
        Store(Broker);

        Assert.That(GiveUp.IsHopeless(At(TunnelPhase.Refused), From()), Is.False);
        Assert.That(GiveUp.IsHopeless(At(TunnelPhase.Refused), From(("POLYDEV_USER_TOKEN", "pd_set"))), Is.True);
    }

    [TestCase(null, null, "http://127.0.0.1:5080/")]
    [TestCase(null, "https://set.example", "https://set.example/")]
    [TestCase("https://named.example", "https://set.example", "https://named.example/")]
    public void ForLogin_NamedOrSet_IsThatBroker(string? named, string? set, string expected)
    {
        var variables = Variables(("POLYDEV_USER_TOKEN", "pd_set"), ("POLYDEV_BROKER_URL", set ?? ""));

        Assert.That(TunnelSettings.ForLogin(variables, named).Broker.AbsoluteUri, Is.EqualTo(expected));
    }

    [TestCase("broker.example")]
    [TestCase("http://desk:5080")]
    [TestCase("https://ann:secret@broker.example")]
    public void ForLogin_WhereNoTokenMayGo_SaysWhy(string named) => Assert.That(
        () => TunnelSettings.ForLogin(Variables(), named), Throws.InvalidOperationException.With.Message.Not.Contains("secret"));

    private static TunnelStatus At(TunnelPhase phase) => new(phase, DateTimeOffset.UnixEpoch, null);

    private static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(one => one.Name, one => one.Value);

    private TunnelSettings From(params (string Name, string Value)[] variables) => TunnelSettings.From(Variables(variables), _file);

    private void Store(Uri broker) => _file.Write(new StoredLogin(broker, "pd_stored", "studio"));
}
