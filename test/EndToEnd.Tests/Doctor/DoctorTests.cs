using System.Runtime.Versioning;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Shared.Tokens;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Doctor;

/// <summary>
/// <c>polydev-mcp doctor</c> on a machine with the real CLIs, whose tunnel runs: 0 while a call could be answered by one of them, and else
/// what is wrong with its remedy. The tunnel that runs does not notice.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[UnsupportedOSPlatform("windows")]
public sealed class DoctorTests(TunnelBuild build)
{
    /// <summary>In seconds, and told from any other.</summary>
    private const string Nap = "1000.00421";

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await (_stack?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Test]
    public async Task Doctor_OfAMachineThatIsWell_EndsWith0AndLeavesTheTunnelAlone()
    {
        var before = await _stack.StatusAsync();
        var told = _stack.Broker.Output;

        var (code, output) = await DoctorAsync();

        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("A call could be answered by claude, codex, gemini.").And.Not.Contain("failed "));
        Assert.That(output, Does.Contain("version 2.1.").And.Contain("Logged in by API key.").And.Contain("Passed: under its lock"));
        Assert.That(output, Does.Contain("is good.").And.Contain($"Process {_stack.Tunnel.Id} is online at {_stack.BrokerUrl}/"));
        Assert.That(output, Does.Not.Contain('\e').And.Not.Contain(_stack.Token[^39..]));
        Assert.That(await _stack.StatusAsync(), Is.EqualTo(before));
        Assert.That(_stack.Broker.Output, Is.EqualTo(told), "it was asked in a way that is not worth a line of its log");
    }

    [Test]
    public async Task Doctor_ForPrograms_TellsTheSame()
    {
        var (code, output) = await DoctorAsync(arguments: "--json");

        using var report = JsonDocument.Parse(output);
        Assert.That((code, report.RootElement.GetProperty("can_answer").GetBoolean()), Is.EqualTo((0, true)), output);
        var token = report.RootElement.GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("name").GetString() == "token");
        Assert.That(token.GetProperty("status").GetString(), Is.EqualTo("ok"));
    }

    [Test]
    public async Task Doctor_OfClisWithoutALogin_NamesTheRemedies()
    {
        var (code, output) = await DoctorAsync(environment =>
        {
            environment["CLAUDE_CODE_PATH"] = "/nowhere";
            environment.Remove("LOOPBACK_KEY");
            environment.Remove("GEMINI_API_KEY");
        });

        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("none is ready."));
        Assert.That(output, Does.Match("skipped claude .*\n.*-> npm install -g @anthropic-ai/claude-code\n"));
        Assert.That(output, Does.Match("failed  codex login .*LOOPBACK_KEY.*\n.*-> codex login\n"));
        Assert.That(output, Does.Match("failed  gemini login .*\n.*-> export GEMINI_API_KEY="));
    }

    [Test]
    public async Task Doctor_WithTheEchoAlone_EndsWith1()
    {
        var (code, output) = await DoctorAsync(NoClis);

        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("none is ready.").And.Contain("is good."));
    }

    [Test]
    public async Task Doctor_WithoutABroker_SaysWhatToStart()
    {
        using var nobody = ReservedPort.Take();

        var (code, output) = await DoctorAsync(environment =>
        {
            NoClis(environment);
            environment["POLYDEV_BROKER_URL"] = nobody.Url;
        });

        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Match("failed  broker .*No broker answers.*\n.*-> polydev-broker serve\n"));
    }

    [Test]
    public async Task Doctor_WithATokenThatNobodyGaveOut_SaysHowToLogIn()
    {
        var token = SecretToken.Create(TokenPrefixes.Tunnel);

        var (code, output) = await DoctorAsync(environment => environment["POLYDEV_USER_TOKEN"] = token.Reveal());

        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Match($"failed  token .*{token.Id}.*unknown or revoked.*\n.*-> .*polydev-mcp login {_stack.BrokerUrl}\n"));
        Assert.That(output, Does.Contain("No call could be answered by a CLI: see token.").And.Not.Contain(token.Reveal()));
    }

    [Test]
    public async Task Doctor_OfACliThatHangs_EndsAllTheSame()
    {
        var hangs = Path.Combine(_stack.Home.WorkFolder, "claude");
        await File.WriteAllTextAsync(hangs, $"#!/bin/sh\nexec sleep {Nap}\n");
        File.SetUnixFileMode(hangs, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var (code, output) = await DoctorAsync(environment =>
        {
            NoClis(environment);
            environment["CLAUDE_CODE_PATH"] = hangs;
        });

        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Match("failed  claude .*did not answer within 15 s"));
        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(Nap), TimeSpan.FromSeconds(5));
    }

    [TestCase("--everything")]
    [TestCase("--json", "--json")]
    public async Task Doctor_OfAnUnknownArgument_EndsWith2(params string[] arguments) =>
        Assert.That((await DoctorAsync(arguments: arguments)).Code, Is.EqualTo(2));

    private static void NoClis(Dictionary<string, string> environment)
    {
        foreach (var variable in (string[])["CLAUDE_CODE_PATH", "CODEX_CLI_PATH", "GEMINI_CLI_PATH"])
        {
            environment[variable] = "/nowhere";
        }
    }

    private async Task<(int Code, string Output)> DoctorAsync(Action<Dictionary<string, string>>? change = null, params string[] arguments)
    {
        var environment = _stack.TunnelEnvironment();
        change?.Invoke(environment);
        var command = TunnelProgram.Command(build);
        await using var doctor = RunningProgram.Start(command[0], [.. command.Skip(1), "doctor", .. arguments], environment);
        return (await doctor.ExitAsync(), doctor.Output);
    }
}
