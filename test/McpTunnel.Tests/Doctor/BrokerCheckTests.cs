using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Doctor;
using Polydev.McpTunnel.Doctor.Checks;
using Polydev.McpTunnel.Tests.Tunnel;
using Polydev.McpTunnel.Tunnel;
using Polydev.Shared.Tokens;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Doctor;

/// <summary>What is said of the broker, and of the token that goes there.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BrokerCheckTests
{
    private readonly SecretToken _token = SecretToken.Create(TokenPrefixes.Tunnel);
    private readonly TemporaryFolder _folder = new();
    private readonly BrokerLoop _loop = new();
    private FakeBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await FakeBroker.StartAsync();

    [TearDown]
    public async Task TearDown()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task All_OfABrokerThatIsWell_AreOk()
    {
        _broker.Token = _token.Reveal();
        var exam = Exam();

        foreach (var check in All(exam))
        {
            var result = await RunAsync(check);
            Assert.That((result.Status, result.Remedy), Is.EqualTo((CheckStatus.Ok, (string?)null)), $"{check.Name}: {result.Detail}");
        }

        Assert.That((await RunAsync(new BrokerTlsCheck(exam, TimeProvider.System))).Status, Is.EqualTo(CheckStatus.Skipped));
        Assert.That(_loop.Closes([_broker.Grpc.AbsoluteUri]), Is.True, "CLIs are not to be pointed at it");
    }

    [Test]
    public async Task All_OfABrokerThatIsDown_SayWhatToStart()
    {
        var url = _broker.Url;
        await _broker.DisposeAsync();
        var exam = Exam(new TunnelSettings { Broker = url, Token = _token.Reveal() });

        var broker = await RunAsync(new BrokerCheck(exam));

        Assert.That((broker.Status, broker.Remedy), Is.EqualTo((CheckStatus.Failed, "polydev-broker serve")));
        Assert.That(broker.Detail, Does.Contain("No broker answers"));
        foreach (var check in All(exam).Where(check => check is not BrokerCheck and not SettingsCheck))
        {
            Assert.That((await RunAsync(check)).Status, Is.EqualTo(CheckStatus.Skipped), check.Name);
        }
    }

    [Test]
    public async Task Broker_ThatIsSomethingElse_Fails()
    {
        _broker.WellKnown = "<html>";

        Assert.That((await RunAsync(new BrokerCheck(Exam()))).Detail, Does.Contain("did not answer as a Polydev broker does"));
    }

    [TestCase(0, "older")]
    [TestCase(2, "newer")]
    public async Task Version_OfAnotherProtocol_FailsAndSaysWhichIsOld(int protocol, string which)
    {
        _broker.WellKnown = $$"""{"grpc":"{{_broker.Grpc}}","version":"7.7.7","protocol":{{protocol}}}""";

        var result = await RunAsync(new BrokerVersionCheck(Exam()));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(result.Detail, Does.Contain("7.7.7").And.Contain(which));
        Assert.That(result.Remedy, Is.Not.Null);
    }

    [TestCase(-5, "behind the broker's")]
    [TestCase(5, "ahead of the broker's")]
    public async Task Clock_MinutesOff_IsAWarning(int minutes, string how)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(minutes));

        var result = await RunAsync(new BrokerClockCheck(Exam(time: time)));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Warning));
        Assert.That(result.Detail, Does.Contain(how));
        Assert.That(result.Remedy, Is.Not.Empty);
    }

    [TestCase("http://127.0.0.1:1", "broke off")]
    [TestCase("https://evil.example:9", "on another host")]
    [TestCase("", "does not say where")]
    public async Task Service_ThatIsNotReached_Fails(string grpc, string why)
    {
        _broker.WellKnown = $$"""{"grpc":"{{grpc}}","version":"1","protocol":1}""";
        var exam = Exam();

        var result = await RunAsync(new TunnelServiceCheck(exam));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(result.Detail, Does.Contain(why));
        Assert.That(result.Remedy, Does.Contain("POLYDEV_GRPC_URL"));
        Assert.That((await RunAsync(new TokenCheck(exam, new LoginFile(null)))).Status, Is.EqualTo(CheckStatus.Skipped));
    }

    [Test]
    public async Task Service_BehindAProxyThatLetsNothingThrough_Fails()
    {
        _broker.ProxyStatus = 403;

        var result = await RunAsync(new TunnelServiceCheck(Exam()));

        Assert.That((result.Status, result.Detail), Is.EqualTo((CheckStatus.Failed, result.Detail)));
        Assert.That(result.Detail, Does.Contain("lets no tunnel through"));
    }

    [Test]
    public async Task Token_ThatTheBrokerDoesNotKnow_FailsInTheBrokersWords()
    {
        _broker.Token = "pd_another";
        var exam = Exam();

        var result = await RunAsync(new TokenCheck(exam, new LoginFile(null)));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(result.Detail, Does.Contain("unknown or revoked").And.Contain(_token.Id).And.Contain("POLYDEV_USER_TOKEN"));
        Assert.That(result.Remedy, Does.Contain("polydev-mcp login"));
        AssertSecret(result);
        Assert.That((await RunAsync(new TunnelServiceCheck(exam))).Status, Is.EqualTo(CheckStatus.Ok), "somebody is there");
    }

    [Test]
    public async Task Token_ThatIsNone_FailsWithoutBeingSent([Values("pk-", "cut", "else")] string kind)
    {
        var (text, why) = kind switch
        {
            "pk-" => (SecretToken.Create(TokenPrefixes.ApiKey).Reveal(), "is an API key"),
            "cut" => (_token.Reveal()[..^1], "cut or mistyped"),
            _ => ("sk-something", "is no tunnel token"),
        };
        _broker.Token = text;
        var exam = Exam(new TunnelSettings { Broker = _broker.Url, Token = text });

        var result = await RunAsync(new TokenCheck(exam, new LoginFile(null)));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(result.Detail, Does.Contain(why).And.Not.Contain(text));
        Assert.That((await exam.KnockAsync(CancellationToken.None))!.Kind, Is.EqualTo(ConnectionEndKind.RefusedForGood), "it was not sent");
    }

    [Test]
    public async Task Token_ThatIsMissing_FailsAndSaysHowToLogIn()
    {
        var settings = TunnelSettings.FromEnvironment(new Dictionary<string, string> { ["POLYDEV_BROKER_URL"] = _broker.Url.AbsoluteUri });

        var result = await RunAsync(new TokenCheck(Exam(settings), new LoginFile(null)));

        Assert.That(result.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(result.Remedy, Is.EqualTo($"polydev-mcp login {_broker.Url.AbsoluteUri.TrimEnd('/')}"));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public async Task Token_OfALogin_IsToldByItsFileWhichIsToBeClosed()
    {
        var file = new LoginFile(_folder.File("credentials.json"));
        file.Write(new StoredLogin(_broker.Url, _token.Reveal(), "studio"));
        var settings = TunnelSettings.From(new Dictionary<string, string>(), file);

        var closed = await RunAsync(new TokenCheck(Exam(settings), file));
        OpenToAll(file.Path!);
        var open = await RunAsync(new TokenCheck(Exam(settings), file));

        Assert.That((closed.Status, closed.Detail), Is.EqualTo((CheckStatus.Ok, $"Token {_token.Id} of {file.Path} is good.")));
        Assert.That((open.Status, open.Remedy), Is.EqualTo((CheckStatus.Warning, $"chmod 600 '{file.Path}'")));
    }

    [Test]
    public async Task All_OfSettingsThatMakeNoSense_SayThatTheyComeFirst()
    {
        var exam = Exam(TunnelSettings.FromEnvironment(
            new Dictionary<string, string> { ["POLYDEV_BROKER_URL"] = "http://broker.example", ["POLYDEV_USER_TOKEN"] = _token.Reveal() }));

        var settings = await RunAsync(new SettingsCheck(exam.Settings));

        Assert.That(settings.Status, Is.EqualTo(CheckStatus.Failed));
        Assert.That(settings.Detail, Does.Contain("has no TLS").And.Contain("POLYDEV_INSECURE"));
        foreach (var check in All(exam).Where(check => check is not SettingsCheck))
        {
            Assert.That((await RunAsync(check)).Status, Is.EqualTo(CheckStatus.Skipped), check.Name);
        }
    }

    private static IEnumerable<IDoctorCheck> All(BrokerExam exam) =>
    [
        new SettingsCheck(exam.Settings), new BrokerCheck(exam), new BrokerVersionCheck(exam), new BrokerClockCheck(exam),
        new TunnelServiceCheck(exam), new TokenCheck(exam, new LoginFile(null)),
    ];

    private static Task<CheckResult> RunAsync(IDoctorCheck check) => check.RunAsync(CancellationToken.None).DefaultTimeout();

    private static void OpenToAll(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }
    }

    private BrokerExam Exam(TunnelSettings? settings = null, TimeProvider? time = null) =>
        new(settings ?? new TunnelSettings { Broker = _broker.Url, Token = _token.Reveal() }, _loop, time ?? TimeProvider.System);

    private void AssertSecret(CheckResult result) =>
        Assert.That($"{result.Detail}{result.Remedy}", Does.Not.Contain(_token.Reveal()[^39..^7]));
}
