using System.Diagnostics;
using System.Net.Http.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// SIGKILL of any part in the middle of an answer: the caller has an error within 5 s, no orphan is left after 2 s, and the next call
/// works.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KillTests
{
    private static readonly TimeSpan ErrorWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OrphansGoneWithin = TimeSpan.FromSeconds(2);
    private Stack _stack = null!;

    public static IEnumerable<string> Models => SdkMatrixTests.Models;

    [SetUp]
    public async Task SetUp() => _stack = await Stack.StartAsync();

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Cli_Killed_FailsThatCallAlone([ValueSource(nameof(Models))] string model)
    {
        var (reader, request) = await BeginAsync(model);

        foreach (var cli in ProcessProbe.DescendantsOf(_stack.Tunnel.Id))
        {
            using var process = Process.GetProcessById(cli.Id);
            process.Kill();
        }

        Assert.That(await reader.ReadToEndAsync().WaitAsync(ErrorWithin), Does.Contain("error"));
        await request.Disconnected.WaitAsync(OrphansGoneWithin);
        await ExpectNextWorksAsync(model);
    }

    [Test]
    public async Task Tunnel_Killed_LeavesNoOrphan([ValueSource(nameof(Models))] string model)
    {
        var (reader, request) = await BeginAsync(model);
        var children = ProcessProbe.DescendantsOf(_stack.Tunnel.Id).Select(child => child.Id).ToList();
        Assert.That(children, Is.Not.Empty);

        _stack.Tunnel.Kill();

        Assert.That(await reader.ReadToEndAsync().WaitAsync(ErrorWithin), Does.Contain("error"));
        await ProcessProbe.AssertGoneAsync(
            () => [.. children.Where(ProcessProbe.IsRunning).Select(id => new RunningProcess(id, 0, '?', "a CLI"))],
            OrphansGoneWithin);
        await request.Disconnected.WaitAsync(OrphansGoneWithin);
        await _stack.StartTunnelAsync();
        await ExpectNextWorksAsync(model);
    }

    [Test]
    public async Task Broker_Killed_EndsTheTurnAndTheTunnelComesBack([ValueSource(nameof(Models))] string model)
    {
        var (reader, request) = await BeginAsync(model);
        var address = _stack.BrokerAddress;

        _stack.Broker.Kill();

        Assert.That(async () => await reader.ReadToEndAsync().WaitAsync(ErrorWithin), Throws.InstanceOf<IOException>());
        await request.Disconnected.WaitAsync(OrphansGoneWithin);
        await _stack.StartBrokerAsync(address);
        await _stack.OnlineAsync();
        await ExpectNextWorksAsync(model);
    }

    // An answer that has begun and cannot end.
    private async Task<(StreamReader Reader, ProviderRequest Request)> BeginAsync(string model)
    {
        var mark = Guid.NewGuid().ToString("N");
        _stack.Provider.Answer(ProviderScript.Say("half an answer\n").Hang());
        var client = _stack.CreateClient();
        var message = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = JsonContent.Create(new { model, stream = true, messages = new[] { new { role = "user", content = mark } } }),
        };
        var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead).DefaultTimeout();
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync().DefaultTimeout() is { } line && !line.Contains("half an answer", StringComparison.Ordinal))
        {
            Assert.That(line, Does.Not.Contain("error"));
        }

        return (reader, _stack.Provider.Requests.Single(sent => sent.LastUserText == mark));
    }

    private async Task ExpectNextWorksAsync(string model)
    {
        _stack.Provider.Answer(ProviderScript.Say("works again"));
        using var client = _stack.CreateClient();
        var messages = new[] { new { role = "user", content = "again" } };
        var response = await client.PostAsJsonAsync("chat/completions", new { model, messages }).DefaultTimeout();
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("works again"));
    }
}
