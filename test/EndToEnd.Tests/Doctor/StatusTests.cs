using System.Text.Json;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Doctor;

/// <summary><c>polydev-mcp status</c> in one terminal, while a tunnel runs in another, and after it.</summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
public sealed class StatusTests(TunnelBuild build)
{
    private const string Model = "claude-haiku-4-5-20251001";

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await (_stack?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Test]
    public async Task Status_FromACallToTheTunnelsKill_TellsWhatThereIs()
    {
        // 1. A call is in hand, and another process stands by.
        _stack.Provider.Answer(ProviderScript.Say("half an answer\n").Hang());
        using var call = await StreamedChat.BeginAsync(_stack, Model, Guid.NewGuid().ToString("N"), until: "half an answer");
        await using var other = Start("tunnel");
        await other.LineWithAsync("standing by");

        var (code, output) = await StatusAsync();
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain($"on {Environment.MachineName} (process {_stack.Tunnel.Id})").And.Contain("online for"));
        Assert.That(output, Does.Contain("1 of 8 places in use, 0 waiting").And.Contain(Model).And.Contain(_stack.BrokerUrl));
        Assert.That(output, Does.Match(@"claude +ready +2\.1\.\d+ +1 call ").And.Match("gemini +ready"));
        Assert.That(output, Does.Contain($"(process {other.Id})").And.Contain("standing by for"));

        (code, output) = await StatusAsync("--json");
        using var status = JsonDocument.Parse(output);
        var first = status.RootElement.GetProperty("tunnels")[0];
        Assert.That((code, first.GetProperty("tunnel").GetProperty("state").GetString()), Is.EqualTo((0, "online")));
        Assert.That(first.GetProperty("slots").GetRawText(), Is.EqualTo("""{"places":8,"in_use":1,"waiting":0}"""));
        Assert.That(output, Does.Not.Contain(_stack.Token[^39..]));

        // 2. The one that stands by has gone, as it does, and the tunnel is killed: nothing of either is told.
        await other.TerminateAsync();
        Assert.That(await other.ExitAsync(), Is.Zero, other.Output);
        _stack.Tunnel.Kill();
        await _stack.Tunnel.ExitAsync();
        await call.RestAsync().DefaultTimeout();

        (code, output) = await StatusAsync();
        Assert.That(code, Is.EqualTo(3), output);
        Assert.That(output, Does.Contain("No tunnel runs on this machine."));
        Assert.That((await StatusAsync("--json")).Output, Is.EqualTo("""{"tunnels":[],"hanging":[],"is_online":false}"""));

        // 3. Its successor is told, although the socket of the killed one still lies there; and of its broker's end.
        await _stack.StartTunnelAsync();
        (code, output) = await StatusAsync();
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain($"(process {_stack.Tunnel.Id})"));
        var address = _stack.BrokerAddress;
        _stack.Broker.Kill();
        await _stack.Tunnel.LineWithAsync("waiting");
        (code, output) = await StatusAsync();
        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Match("(waiting|connecting) for").And.Match("! (The connection broke off|No broker answers)"));
        await _stack.StartBrokerAsync(address);
        await _stack.OnlineAsync();
    }

    private RunningProgram Start(params string[] arguments)
    {
        var command = TunnelProgram.Command(build);
        return RunningProgram.Start(command[0], [.. command.Skip(1), .. arguments], _stack.TunnelEnvironment());
    }

    private async Task<(int Code, string Output)> StatusAsync(params string[] arguments)
    {
        await using var status = Start(["status", .. arguments]);
        return (await status.ExitAsync(), status.Output);
    }
}
