using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// SIGKILL of any part in the middle of an answer: the caller has an error within 5 s, no orphan is left after 2 s, and the next call
/// works. On a busy machine these times are longer by what others take of it (<see cref="BusyMachine"/>).
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KillTests(TunnelBuild build)
{
    private static readonly TimeSpan ErrorWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OrphansGoneWithin = TimeSpan.FromSeconds(2);
    private Stack _stack = null!;

    public static IEnumerable<string> Models => SdkMatrixTests.Models;

    [SetUp]
    public async Task SetUp() => _stack = await Stack.StartBrokerOnlyAsync(build);

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Cli_Killed_FailsThatCallAlone([ValueSource(nameof(Models))] string model)
    {
        var (answer, request) = await BeginAsync(model);
        using var ended = answer;

        ProcessProbe.Kill(ProcessProbe.DescendantsOf(_stack.Tunnel.Id));

        Assert.That(await answer.RestAsync().Within(ErrorWithin), Does.Contain("error"));
        await request.Disconnected.Within(OrphansGoneWithin);
        await ExpectNextWorksAsync(model);
    }

    [Test]
    public async Task Tunnel_Killed_LeavesNoOrphan([ValueSource(nameof(Models))] string model)
    {
        var (answer, request) = await BeginAsync(model);
        using var ended = answer;
        var children = ProcessProbe.DescendantsOf(_stack.Tunnel.Id).Select(child => child.Id).ToList();
        Assert.That(children, Is.Not.Empty);

        _stack.Tunnel.Kill();

        Assert.That(await answer.RestAsync().Within(ErrorWithin), Does.Contain("error"));
        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.Running(children), OrphansGoneWithin);
        await request.Disconnected.Within(OrphansGoneWithin);
        await _stack.StartTunnelAsync();
        await ExpectNextWorksAsync(model);
    }

    [Test]
    public async Task Broker_Killed_EndsTheTurnAndTheTunnelComesBack([ValueSource(nameof(Models))] string model)
    {
        var (answer, request) = await BeginAsync(model);
        using var ended = answer;
        var address = _stack.BrokerAddress;

        _stack.Broker.Kill();

        Assert.That(async () => await answer.RestAsync().Within(ErrorWithin), Throws.InstanceOf<IOException>());
        await request.Disconnected.Within(OrphansGoneWithin);
        await _stack.StartBrokerAsync(address);
        await _stack.OnlineAsync();
        await ExpectNextWorksAsync(model);
    }

    // An answer that has begun and cannot end, of a tunnel with no other CLI.
    private async Task<(StreamedChat Answer, ProviderRequest Request)> BeginAsync(string model)
    {
        _stack.WithoutClis(but: KnownModels.ProviderOf[model]);
        await _stack.StartTunnelAsync();
        var mark = Guid.NewGuid().ToString("N");
        _stack.Provider.Answer(ProviderScript.Say("half an answer\n").Hang());
        var answer = await StreamedChat.BeginAsync(_stack, model, mark, until: "half an answer");
        return (answer, _stack.Provider.Requests.Single(sent => sent.LastUserText == mark));
    }

    private async Task ExpectNextWorksAsync(string model)
    {
        _stack.Provider.Answer(ProviderScript.Say("works again"));
        Assert.That(await ChatCall.TextAsync(_stack, model, "again"), Is.EqualTo("works again"));
    }
}
