using System.Net.Http.Json;
using System.Net.Sockets;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>A broker that is replaced while answers run: they come to their end on the old one, new calls go to its successor.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RestartTests
{
    private const int Running = 20;
    private const string Codex = "gpt-5.3-codex";
    private Stack _stack = null!;

    [SetUp]
    public async Task SetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync();
        _stack.WithoutClis(but: Providers.Codex);
        _stack.TunnelVariables["POLYDEV_MAX_CONCURRENT"] = $"{Running + 1}";
        await _stack.StartTunnelAsync();
    }

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Broker_TerminatedTwice_DoesNotWaitForAnswers()
    {
        await using var first = _stack.Broker;
        await first.TerminateAsync();
        await first.ExitAsync();
        await _stack.StartBrokerAsync(_stack.BrokerAddress, "--drain-seconds", "3600");
        await _stack.OnlineAsync();
        var gate = new ProviderGate();
        _stack.Provider.Answer(ProviderScript.Say("half an answer, ").Wait(gate).Text("and the rest"));
        using var answer = await BeginAsync();

        await _stack.Broker.TerminateAsync();
        await PortIsFreeAsync(new Uri(_stack.BrokerAddress.Http));
        Assert.That(_stack.Broker.HasExited, Is.False, "It waits for the answer.");
        await _stack.Broker.TerminateAsync();

        // The gate stays shut, and the drain would last an hour: nothing but the second signal ends it.
        Assert.That(await _stack.Broker.ExitAsync(), Is.Zero);
        gate.Open();
    }

    [Test]
    public async Task Broker_TerminatedWithTwentyAnswersRunning_AllCompleteAndNewCallsWait()
    {
        var gate = new ProviderGate();
        _stack.Provider.Answer(ProviderScript.Say("half an answer, ").Wait(gate).Text("and the rest"));
        var answers = await Task.WhenAll(Enumerable.Range(0, Running).Select(_ => BeginAsync()));
        await using var old = _stack.Broker;

        // 1. The old broker frees its port at once, with all its answers running.
        await old.TerminateAsync();
        await PortIsFreeAsync(new Uri(_stack.BrokerAddress.Http));
        Assert.That(old.HasExited, Is.False);

        // 2. Its successor stands there. A call comes before the tunnel does, and waits for it.
        await _stack.StartBrokerAsync(_stack.BrokerAddress);
        using var later = _stack.CreateClient();
        var question = new { model = KnownModels.Echo, messages = new[] { ChatCall.User("are you there?") } };
        var waited = await later.PostAsJsonAsync("chat/completions", question).DefaultTimeout();
        Assert.That(await waited.Content.ReadAsStringAsync(), Does.Contain("are you there?"));

        // 3. The answers end as if nothing had been.
        gate.Open();
        foreach (var answer in answers)
        {
            using var ended = answer;
            var rest = await answer.RestAsync().DefaultTimeout();
            Assert.That(rest, Does.Contain("and the rest").And.Contain("data: [DONE]").And.Not.Contain("error"));
        }

        Assert.That(await old.ExitAsync(), Is.Zero);
    }

    [Test]
    public async Task Broker_TerminatedWithAnAnswerThatDoesNotEnd_GivesItUpAfterTheGrace()
    {
        await _stack.Broker.DisposeAsync();
        await _stack.StartBrokerAsync(_stack.BrokerAddress, "--drain-seconds", "1");
        await _stack.OnlineAsync();
        _stack.Provider.Answer(ProviderScript.Say("half an answer, ").Hang());
        using var answer = await BeginAsync();

        await _stack.Broker.TerminateAsync();

        Assert.That(await answer.RestAsync().DefaultTimeout(), Does.Contain("error").And.Not.Contain("[DONE]"));
        Assert.That(await _stack.Broker.ExitAsync(), Is.Zero);
    }

    // An answer that has begun.
    private Task<StreamedChat> BeginAsync() => StreamedChat.BeginAsync(_stack, Codex, "go on", until: "half an answer");

    private static async Task PortIsFreeAsync(Uri address)
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(address.Host, address.Port, limit.Token);
            }
            catch (SocketException)
            {
                return;
            }

            await timer.WaitForNextTickAsync(limit.Token);
        }
    }
}
