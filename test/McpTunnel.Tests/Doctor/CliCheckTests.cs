using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Echo;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Doctor;
using Polydev.McpTunnel.Doctor.Checks;
using Polydev.McpTunnel.Tests.Clis;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Doctor;

/// <summary>What is said of a CLI: is it there, does its lock hold, is it logged in.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CliCheckTests
{
    private static readonly SelfTestVerdict Failed = new(SelfTestOutcome.Failed, "It offers the model a tool.");
    private static readonly SelfTestVerdict Undecided = new(SelfTestOutcome.Undecided, "It could not be tested.");

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly DetectedAdapter _claude = new("claude") { Verdict = SelfTestVerdict.Passed, Login = LoginKind.ApiKey };

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task All_OfACliThatIsWell_AreOk()
    {
        var (cli, test, login, ready) = await CheckAsync();

        Assert.That(new[] { cli.Status, test.Status, login.Status }, Is.All.EqualTo(CheckStatus.Ok));
        Assert.That((login.Detail, ready), Is.EqualTo(("Logged in by API key.", "claude")));
    }

    [Test]
    public async Task All_OfNone_AreSkippedAndSayHowToInstallIt()
    {
        (_claude.State, _claude.Verdict) = (CliState.NotInstalled, null);

        var (cli, test, login, ready) = await CheckAsync();

        Assert.That(new[] { cli.Status, test.Status, login.Status }, Is.All.EqualTo(CheckStatus.Skipped));
        Assert.That((cli.Remedy, ready), Is.EqualTo(("npm install -g @anthropic-ai/claude-code", "")));
    }

    [Test]
    public async Task Login_ThatIsMissing_FailsAndSaysHow()
    {
        (_claude.State, _claude.Hint) = (CliState.NotLoggedIn, "Claude Code is not logged in.");

        var (cli, test, login, ready) = await CheckAsync();

        Assert.That((cli.Status, test.Status, login.Status), Is.EqualTo((CheckStatus.Ok, CheckStatus.Ok, CheckStatus.Failed)));
        Assert.That((login.Detail, login.Remedy), Is.EqualTo(("Claude Code is not logged in.", "claude auth login")));
        Assert.That(ready, Is.Empty);
    }

    [Test]
    public async Task Login_WhoseWindowIsUsedUp_IsAWarningAndAnswersNothing()
    {
        _claude.Refusal = "Rate limit exceeded.";

        var (_, _, login, ready) = await CheckAsync();

        Assert.That((login.Status, login.Detail), Is.EqualTo((CheckStatus.Warning, "Calls are refused now: Rate limit exceeded.")));
        Assert.That(ready, Is.Empty);
    }

    [Test]
    public async Task Login_ThatCouldNotBeConfirmed_IsAWarning()
    {
        _claude.Hint = "It could not be reached to confirm it.";

        var (_, _, login, ready) = await CheckAsync();

        Assert.That((login.Status, login.Detail, ready), Is.EqualTo((CheckStatus.Warning, _claude.Hint, "claude")));
    }

    [Test]
    public async Task SelfTest_ThatFailed_SaysWhyAndHowToUpdate()
    {
        (_claude.State, _claude.Hint, _claude.Verdict) = (CliState.Unusable, Failed.Reason, Failed);

        var (cli, test, login, ready) = await CheckAsync();

        Assert.That((cli.Status, test.Status, login.Status), Is.EqualTo((CheckStatus.Ok, CheckStatus.Failed, CheckStatus.Skipped)));
        Assert.That((test.Detail, test.Remedy), Is.EqualTo((Failed.Reason, "npm install -g @anthropic-ai/claude-code@latest")));
        Assert.That(ready, Is.Empty);
    }

    [Test]
    public async Task SelfTest_Undecided_IsAWarning()
    {
        (_claude.State, _claude.Hint, _claude.Verdict) = (CliState.Unusable, Undecided.Reason, Undecided);

        var (_, test, _, _) = await CheckAsync();

        Assert.That((test.Status, test.Detail), Is.EqualTo((CheckStatus.Warning, Undecided.Reason)));
    }

    [Test]
    public async Task Cli_ThatDoesNotStart_FailsWithoutAWordOnItsTest()
    {
        (_claude.State, _claude.Hint, _claude.Verdict) = (CliState.Unusable, "It does not start.", null);

        var (cli, test, _, _) = await CheckAsync();

        Assert.That((cli.Status, cli.Detail, test.Status), Is.EqualTo((CheckStatus.Failed, "It does not start.", CheckStatus.Skipped)));
        Assert.That(_claude.Detections, Is.EqualTo(2), "it was asked once more");
    }

    [Test]
    public async Task Cli_ThatSeemedBrokenOnce_IsAskedAgain()
    {
        (_claude.State, _claude.Hint) = (CliState.Unusable, "It did not answer in time.");
        _claude.Meanwhile = _ =>
        {
            if (_claude.Detections == 2)
            {
                (_claude.State, _claude.Hint) = (CliState.Ready, string.Empty);
            }

            return Task.CompletedTask;
        };

        var (cli, _, _, ready) = await CheckAsync();

        Assert.That((cli.Status, ready), Is.EqualTo((CheckStatus.Ok, "claude")));
    }

    [Test]
    public async Task SelfTest_ThatRunsLongerThanTheLimit_IsToldAsThat()
    {
        (_claude.State, _claude.Verdict) = (CliState.Testing, null);
        using var catalog = new CliCatalog([_claude], _time, NullLogger<CliCatalog>.Instance);
        var exam = Exam(catalog);
        var looked = await catalog.GetAsync(CancellationToken.None);
        Assert.That(looked.Clis[0].State, Is.EqualTo(CliState.Testing));
        var checking = new CliSelfTestCheck(exam, "claude").RunAsync(CancellationToken.None);

        _time.Advance(CliExam.Limit);

        var test = await checking.DefaultTimeout();
        Assert.That((test.Status, test.Remedy), Is.EqualTo((CheckStatus.Warning, "polydev-mcp doctor")));
        Assert.That((await new CliCheck(exam, "claude").RunAsync(CancellationToken.None)).Status, Is.EqualTo(CheckStatus.Ok));
    }

    [Test]
    public async Task All_WithoutAStateFolder_SayThatItComesFirst()
    {
        // A file in the place of the folder.
        await File.WriteAllTextAsync(_folder.File("state"), string.Empty);

        var (cli, test, login, ready) = await CheckAsync();

        Assert.That(new[] { cli.Status, test.Status, login.Status }, Is.All.EqualTo(CheckStatus.Skipped));
        Assert.That((cli.Detail, ready, _claude.Detections), Is.EqualTo(("The state folder comes first.", "", 0)));
    }

    private async Task<(CheckResult Cli, CheckResult Test, CheckResult Login, string Ready)> CheckAsync()
    {
        using var catalog = new CliCatalog([new EchoAdapter(), _claude], _time, NullLogger<CliCatalog>.Instance);
        var exam = Exam(catalog);
        Assert.That(exam.Providers, Is.EqualTo(new[] { "claude" }));
        return (
            await new CliCheck(exam, "claude").RunAsync(CancellationToken.None).DefaultTimeout(),
            await new CliSelfTestCheck(exam, "claude").RunAsync(CancellationToken.None).DefaultTimeout(),
            await new CliLoginCheck(exam, "claude").RunAsync(CancellationToken.None).DefaultTimeout(),
            string.Join(' ', exam.Ready()));
    }

    // Of a broker that may not be asked: nothing goes over a network.
    private CliExam Exam(CliCatalog catalog)
    {
        var broker = new BrokerExam(new TunnelSettings { Problem = "none" }, new BrokerLoop(), _time);
        return new CliExam(catalog, [new EchoAdapter(), _claude], broker, new TunnelPaths(Path.Combine(_folder.FullName, "state")), _time);
    }
}
