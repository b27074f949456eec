using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// Real MCP clients start <c>polydev-mcp</c> from their configuration: its tools are there, and the tunnel is then online. When the client
/// is done, nothing of it is left.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class McpTests(TunnelBuild build)
{
    private Stack _stack = null!;

    private string[] Command => [.. TunnelProgram.Command(build)];

    [SetUp]
    public async Task SetUp() => _stack = await Stack.StartBrokerOnlyAsync(build);

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task ClaudeCode_WithOurServer_OffersItsToolsAndBringsTheTunnelOnline()
    {
        string[] variables = ["--env", $"POLYDEV_BROKER_URL={_stack.BrokerUrl}", "--env", $"POLYDEV_USER_TOKEN={_stack.Token}"];
        await using var add = RunningProgram.Start(
            TestClis.Claude,
            ["mcp", "add", "--scope", "user", "polydev", .. variables, "--", .. Command],
            _stack.Home.Environment,
            _stack.Home.Path);
        Assert.That(await add.ExitAsync(), Is.Zero, add.Output);

        // Claude Code's own question waits at the model while we look at the tunnel that it has started.
        var gate = new ProviderGate();
        _stack.Provider.Script = request => request.LastUserText.Contains("through-the-tunnel", StringComparison.Ordinal)
            ? ProviderScript.Say("tunnelled")
            : ProviderScript.Empty.Wait(gate).Text("done");
        await using var claude = RunningProgram.Start(
            TestClis.Claude,
            ["-p", "Wait here.", "--model", "claude-sonnet-4-5-20250929", "--output-format", "stream-json", "--verbose"],
            WaitingForServers(_stack.Home.Environment),
            _stack.Home.Path);
        claude.Input.Close();
        await gate.Reached.DefaultTimeout();
        await _stack.OnlineAsync();

        using var client = _stack.CreateClient();
        using var question = new StringContent(
            """{"model":"gemini-2.5-flash","messages":[{"role":"user","content":"through-the-tunnel"}]}""");
        var answer = await client.PostAsync("chat/completions", question).DefaultTimeout();
        gate.Open();

        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("tunnelled"));
        Assert.That(await claude.ExitAsync(), Is.Zero, claude.Output);
        var start = await claude.LineWithAsync("\"subtype\":\"init\"");
        Assert.That(start, Does.Contain("mcp__polydev__get_perspectives").And.Contain("mcp__polydev__get_cli_status"));
        Assert.That(start, Does.Contain("mcp__polydev__tunnel_status").And.Contain("mcp__polydev__list_models"));
        await _stack.AssertNoProcessLeftAsync();
    }

    // On a busy machine Claude Code begins without a server that is not up yet, and its first line then lacks the tools (2.1.330).
    private static Dictionary<string, string> WaitingForServers(IReadOnlyDictionary<string, string> environment) => new(environment)
    {
        ["MCP_CONNECTION_NONBLOCKING"] = "0",
        ["MCP_TIMEOUT"] = "120000",
    };

    [Test]
    public async Task Inspector_ListsTheTools()
    {
        _stack.WithoutClis();
        await using var inspector = RunningProgram.Start(
            TestClis.Node,
            [TestClis.McpInspector, "--cli", .. Command, "--method", "tools/list"],
            _stack.TunnelEnvironment(),
            _stack.Home.Path);

        Assert.That(await inspector.ExitAsync(), Is.Zero, inspector.Output);
        Assert.That(inspector.Output, Does.Contain("get_perspectives").And.Contain("get_cli_status"));
        Assert.That(inspector.Output, Does.Contain("tunnel_status").And.Contain("list_models"));
        await _stack.AssertNoProcessLeftAsync();
    }

    [Test]
    public async Task OfficialSdk_ListsTheToolsAndCallsOne()
    {
        _stack.WithoutClis();
        var environment = _stack.TunnelEnvironment();
        var order = new { command = Command[0], args = Command[1..], env = environment, tool = "tunnel_status" };
        await using var client = RunningProgram.StartScript("Calls/mcp.mjs", order, environment);

        Assert.That(await client.ExitAsync(), Is.Zero, client.Output);
        Assert.That(await client.LineWithAsync("server "), Does.Contain("polydev"));
        Assert.That(await client.LineWithAsync("tools "), Does.Contain("get_perspectives").And.Contain("get_cli_status"));
        Assert.That(await client.LineWithAsync("answer "), Does.Contain("content").And.Not.Contain("isError\":true"));

        // The SDK kills a server that has not ended 4 s after its input has: on a busy machine its folders are left to the next to sweep.
        await _stack.AssertNoProcessLeftAsync();
        await _stack.StartTunnelAsync();
        await _stack.StopTunnelAsync();
    }

    [Test]
    public async Task SecondServer_WhenTheFirstEnds_TakesOver()
    {
        _stack.WithoutClis();
        await using var first = RunningProgram.Start(Command[0], Command[1..], _stack.TunnelEnvironment());
        await _stack.OnlineAsync();
        await using var second = RunningProgram.Start(Command[0], Command[1..], _stack.TunnelEnvironment());

        // Up before the first goes: a server answers initialize at once, its tunnel stands by.
        await second.Input.WriteLineAsync(
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"""
            + """ "clientInfo":{"name":"test","version":"1"}}}""");
        await second.Input.FlushAsync();
        await second.LineWithAsync("serverInfo");
        var tunnel = await _stack.StatusAsync();

        first.Kill();

        await TakenOverAsync(tunnel.Since).DefaultTimeout();
        second.Input.Close();
        Assert.That(await second.ExitAsync(), Is.Zero, second.Output);
        await _stack.AssertNothingLeftAsync();
    }

    private async Task TakenOverAsync(DateTimeOffset since)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while ((await _stack.StatusAsync()).Since <= since)
        {
            await timer.WaitForNextTickAsync();
        }
    }
}
