using CsCheck;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Tests.Work;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Output;

/// <summary>
/// Whatever a CLI writes, its item's events are a legal answer that ends once, or says that it failed; and never is it told as a fault of
/// the tunnel's, which is what an unexpected exception and an event out of order become.
/// </summary>
public sealed class CliOutputPropertyTests
{
    private NoErrorLogs _logs = null!;
    private ILoggerFactory _loggers = null!;

    [SetUp]
    public void SetUp()
    {
        _logs = new NoErrorLogs();
        _loggers = _logs.CreateFactory();
    }

    [TearDown]
    public void TearDown()
    {
        _loggers.Dispose();
        _logs.Dispose();
    }

    [TestCase(Providers.Claude, "hm")]
    [TestCase(Providers.Codex, "hm\n\n")]
    [TestCase(Providers.Gemini, "**Why**\nhm")]
    public async Task Run_TurnAsItIsWritten_EndsWithItsCalls(string provider, string thought)
    {
        var events = await RunAsync(provider, TurnOf(provider), streamed: true).DefaultTimeout();

        var answer = new Answer();
        events.ForEach(answer.Add);
        Assert.That(answer.Finished?.StopReason, Is.EqualTo(StopReason.ToolUse), answer.Failed?.Message);
        Assert.That((answer.Text, answer.Thinking), Is.EqualTo(("Let me see.", thought)));
        Assert.That(answer.ToolCalls[0].ArgumentsJson, Is.EqualTo("""{"city":"Ulm"}"""));
    }

    [TestCase(Providers.Claude, 2_000)]
    [TestCase(Providers.Codex, 2_000)]
    [TestCase(Providers.Gemini, 600)]
    public async Task Run_WhateverIsWritten_IsALegalAnswerOrItsFailure(string provider, int runs)
    {
        var (finished, failed) = (0, 0);
        await Gen.Select(SomeCliLines.Of(TurnOf(provider)), Gen.Bool).SampleAsync(
            async drawn =>
            {
                var events = await RunAsync(provider, drawn.Item1, drawn.Item2).DefaultTimeout();

                var last = events[^1];
                Assert.That(last.Failed?.Kind, Is.Not.EqualTo(FailureKind.TunnelFailed));
                _ = last.Finished is null ? Interlocked.Increment(ref failed) : Interlocked.Increment(ref finished);
            },
            iter: runs,
            print: drawn => string.Join('\n', drawn.Item1));

        Assert.That(Math.Min(finished, failed), Is.GreaterThan(runs / 10), "Enough of both.");
    }

    private static string[] TurnOf(string provider) => provider switch
    {
        Providers.Claude => CliTurns.OfClaude,
        Providers.Codex => CliTurns.OfCodex,
        _ => CliTurns.OfGemini,
    };

    private async Task<List<WorkEvent>> RunAsync(string provider, string[] lines, bool streamed)
    {
        var adapter = new FakeAdapter((item, _) => provider switch
        {
            Providers.Claude => CliTurns.ExplainedAsync(CliTurns.ClaudeAsync(item, lines), ClaudeErrors.Of),
            Providers.Codex => CliTurns.ExplainedAsync(CliTurns.CodexAsync(item, lines), CodexErrors.Of),
            _ => CliTurns.ExplainedAsync(CliTurns.GeminiAsync(item, lines), GeminiErrors.Of),
        })
        {
            Provider = provider,
        };
        var time = new TestClock();
        using var runner = new WorkRunner(
            [adapter], new WorkOptions(), new RunningCalls(time), time, _loggers.CreateLogger<WorkRunner>());
        await using var cancellation = new WorkCancellation(CancellationToken.None);
        var grammar = new WorkEventGrammar();
        var events = new List<WorkEvent>();
        await foreach (var next in runner.RunAsync(Item(provider, streamed), WorkCredit.Unlimited(), cancellation))
        {
            Assert.That(grammar.Check(next), Is.Null);
            events.Add(next);
        }

        Assert.That(grammar.IsOver, Is.True);
        return events;
    }

    private static WorkItem Item(string provider, bool streamed) => new()
    {
        WorkId = "w",
        Provider = provider,
        Model = "m",
        Streamed = streamed,
        Messages = { CliRig.Message(Role.User, CliRig.Text("Weather?")) },
        Tools = { new ToolSpec { Name = "get_weather", InputSchemaJson = """{"type":"object"}""" } },
    };
}
