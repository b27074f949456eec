using System.Net;
using System.Text;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.ModelProvider.Tests;

[TestFixture(ProviderDialect.Anthropic)]
[TestFixture(ProviderDialect.OpenAi)]
[TestFixture(ProviderDialect.Gemini)]
public sealed class ProviderServerTests(ProviderDialect dialect)
{
    private ProviderServer _provider = null!;
    private WireClient _client = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _provider = await ProviderServer.StartAsync();
        _client = new WireClient(_provider);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _provider.DisposeAsync();
    }

    [Test]
    public async Task Request_Received_IsKeptInOneForm()
    {
        using var response = await _client.SendAsync(dialect, "first question");

        var request = await _provider.NextRequestAsync().DefaultTimeout();
        Assert.Multiple(() =>
        {
            Assert.That(request.Dialect, Is.EqualTo(dialect));
            Assert.That(request.Model, Is.EqualTo("m1"));
            Assert.That(request.Conversation.SystemTexts, Is.EqualTo(new[] { "be kind" }));
            Assert.That(
                request.Conversation.Messages.Select(message => (message.Role, message.Text)),
                Is.EqualTo(new[] { (ProviderRole.User, "first question") }));
            Assert.That(_provider.Requests, Is.EqualTo(new[] { request }));
        });
    }

    [Test]
    public async Task Script_ByDefault_AnswersEveryCallerItsOwnText()
    {
        var bodies = await Task.WhenAll(Enumerable.Range(0, 12).Select(async index =>
        {
            using var response = await _client.SendAsync(dialect, $"call{index};", stream: false);
            return await response.Content.ReadAsStringAsync();
        })).DefaultTimeout();

        var own = bodies.Select((body, index) => body.Contains(DefaultScript.TextFor($"call{index};"), StringComparison.Ordinal));
        Assert.That(own, Is.All.True);
    }

    [Test]
    public async Task Stream_BeforeAGate_IsOnTheWire()
    {
        var gate = new ProviderGate();
        _provider.Answer(ProviderScript.Say("early").Wait(gate).Text("late"));

        using var response = await _client.SendAsync(dialect, "q").DefaultTimeout();
        await gate.Reached.DefaultTimeout();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var before = await ReadUntilAsync(reader, "early").DefaultTimeout();
        gate.Open();
        var after = await reader.ReadToEndAsync().DefaultTimeout();

        Assert.That(before, Does.Not.Contain("late"));
        Assert.That(after, Does.Contain("late"));
    }

    [Test]
    public async Task Fail_WithHeaders_IsTheVendorsError()
    {
        _provider.Answer(ProviderScript.Fail(429, "slow down", ("retry-after", "7")));

        using var response = await _client.SendAsync(dialect, "q").DefaultTimeout();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(response.Headers.RetryAfter?.ToString(), Is.EqualTo("7"));
        var shape = dialect == ProviderDialect.Anthropic ? """{"type":"error",""" : """{"error":{""";
        Assert.That(await response.Content.ReadAsStringAsync(), Does.StartWith(shape).And.Contain("slow down"));
    }

    [Test]
    public async Task Cut_AfterText_SendsTheTextAndBreaksOff()
    {
        _provider.Answer(ProviderScript.Say("half").Cut());

        using var response = await _client.SendAsync(dialect, "q").DefaultTimeout();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        await ReadUntilAsync(reader, "half").DefaultTimeout();
        Assert.That(async () => await reader.ReadToEndAsync().DefaultTimeout(), Throws.InstanceOf<HttpIOException>());
    }

    [Test]
    public async Task Hang_ClientLeaves_IsSeen()
    {
        _provider.Answer(ProviderScript.Say("half").Hang());
        using var leaving = new CancellationTokenSource();

        using (var response = await _client.SendAsync(dialect, "q", cancellationToken: leaving.Token).DefaultTimeout())
        {
            var request = await _provider.NextRequestAsync().DefaultTimeout();
            Assert.That(request.ClientDisconnected, Is.False);
        }

        await _provider.Requests[0].Disconnected.DefaultTimeout();
        Assert.That(_provider.Requests[0].ClientDisconnected, Is.True);
    }

    [Test]
    public async Task Answer_Whole_HoldsToolCallsAndUsage()
    {
        _provider.Answer(ProviderScript.Say("calling")
            .ToolCall("get_weather", """{"city":"Rome"}""", "call_a")
            .WithUsage(new ProviderUsage(1234, 56)));

        using var response = await _client.SendAsync(dialect, "q", stream: false).DefaultTimeout();

        var body = await response.Content.ReadAsStringAsync();
        Assert.That(body, Does.Contain("get_weather").And.Contain("call_a").And.Contain("1234").And.Contain("56"));
    }

    [Test]
    public async Task Requests_MoreThanKept_DropTheOldest()
    {
        await using var provider = await ProviderServer.StartAsync(new ProviderOptions { KeptRequests = 2 });
        using var client = new WireClient(provider);
        for (var index = 0; index < 3; index++)
        {
            using var response = await client.SendAsync(dialect, $"q{index}", stream: false).DefaultTimeout();
        }

        Assert.That(provider.Requests.Select(request => request.LastUserText), Is.EqualTo(new[] { "q1", "q2" }));
        Assert.That(provider.CallCount, Is.EqualTo(3));
    }

    private static async Task<string> ReadUntilAsync(StreamReader reader, string wanted)
    {
        var read = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            read.AppendLine(line);
            if (line.Contains(wanted, StringComparison.Ordinal))
            {
                return read.ToString();
            }
        }

        throw new EndOfStreamException($"'{wanted}' did not come in: {read}");
    }
}
