using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Api;
using Polydev.Broker.Exchange;
using Polydev.Broker.Presence;
using Polydev.Broker.Tests.Keys;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>How a stream fills its silences, and that events which came together are written together.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StreamedAnswerTests
{
    private const string Ping = ": keep-alive";
    private const string Question = """{"model":"claude-opus-4-6","stream":true,"messages":[{"role":"user","content":"hi"}]}""";
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly TimerAnnouncingTimeProvider _time = new();
    private readonly ScriptedExchange _exchange = new();
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync(replace: services => services
        .AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange).AddSingleton<TimeProvider>(_time));

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Silence_OfTenSeconds_IsBrokenAgainAndAgain()
    {
        var sending = _broker.PostAsync("chat/completions", Question);
        var work = await _exchange.NextAsync();
        await WaitingAsync(_time.Changes);
        _time.Advance(StreamedAnswer.KeepAlive);
        using var reader = new StreamReader(await (await sending).Content.ReadAsStreamAsync());
        Assert.That(await NextLineAsync(reader), Is.EqualTo(Ping));

        await WaitingAsync(_time.Changes);
        _time.Advance(StreamedAnswer.KeepAlive);
        Assert.That(await NextLineAsync(reader), Is.EqualTo(Ping));

        work.Send(WorkEvents.Started(), WorkEvents.Text("late"), WorkEvents.Finished(StopReason.EndTurn));
        var rest = await reader.ReadToEndAsync().DefaultTimeout();
        Assert.That(rest, Does.Contain("late").And.Contain("[DONE]").And.Not.Contain(Ping));
    }

    [Test]
    public async Task Silence_IsCountedFromTheLastEvent()
    {
        var sending = _broker.PostAsync("chat/completions", Question);
        var work = await _exchange.NextAsync();
        work.Send(WorkEvents.Started(), WorkEvents.Text("first"));
        using var reader = new StreamReader(await (await sending).Content.ReadAsStreamAsync());
        await ReadUntilAsync(reader, "first");

        await WaitingAsync(_time.Changes);
        _time.Advance(StreamedAnswer.KeepAlive - Millisecond);
        work.Send(WorkEvents.Text("second"));
        Assert.That(await ReadUntilAsync(reader, "second"), Has.None.EqualTo(Ping));

        await WaitingAsync(_time.Changes);
        _time.Advance(StreamedAnswer.KeepAlive - Millisecond);
        work.Send(WorkEvents.Text("third"));
        Assert.That(await ReadUntilAsync(reader, "third"), Has.None.EqualTo(Ping));

        await WaitingAsync(_time.Changes);
        _time.Advance(StreamedAnswer.KeepAlive);
        Assert.That(await NextLineAsync(reader), Is.EqualTo(Ping));
    }

    [Test]
    public async Task Failure_AfterAPing_IsTheDialectsMidStreamError()
    {
        var sending = _broker.PostAsync("chat/completions", Question);
        var work = await _exchange.NextAsync();
        await WaitingAsync(_time.Changes);
        _time.Advance(StreamedAnswer.KeepAlive);
        using var response = await sending;

        work.Send(WorkEvents.Failed(FailureKind.Overloaded, "too-many"));

        Assert.That((int)response.StatusCode, Is.EqualTo(200));
        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("\"error\"").And.Contain("too-many"));
    }

    // The stream has found nothing there, and has set its timer.
    private static async Task WaitingAsync(ChannelReader<TimeSpan> timers)
    {
        while (await timers.ReadAsync().AsTask().DefaultTimeout() != StreamedAnswer.KeepAlive)
        {
        }
    }

    private static async Task<string?> NextLineAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync().DefaultTimeout() is { } line)
        {
            if (line.Length > 0)
            {
                return line;
            }
        }

        return null;
    }

    private static async Task<List<string>> ReadUntilAsync(StreamReader reader, string text)
    {
        var lines = new List<string>();
        while (await NextLineAsync(reader) is { } line)
        {
            lines.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return lines;
            }
        }

        throw new AssertionException($"The stream ended without '{text}'.");
    }
}
