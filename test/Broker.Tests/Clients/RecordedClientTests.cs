using System.Text.Json.Nodes;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Work;
using Polydev.TestKit;
using Answer = Polydev.Broker.Tests.Clients.ClientNeeds.ClientAnswer;

namespace Polydev.Broker.Tests.Clients;

/// <summary>What editors, programs and CLIs send as clients reaches the tunnel as they mean it, and they get what they need.</summary>
internal sealed class RecordedClientTests
{
    private RunningBroker _broker = null!;
    private FakeTunnel _tunnel = null!;
    private HttpClient _http = null!;
    private WorkItem? _heard;

    [OneTimeSetUp]
    public async Task OneTimeSetUp()
    {
        _broker = await RunningBroker.StartAsync();
        _tunnel = await _broker.ConnectTunnelAsync(Frames.Hello(
            "t1",
            Cli(Providers.Claude, "claude-opus-4-6"), Cli(Providers.Codex, "gpt-5.3-codex"), Cli(Providers.Gemini, "gemini-2.5-flash")));
        _tunnel.Answer = item =>
        {
            _heard = item;
            return Events(item).Prepend(WorkEvents.Started()).Select((next, index) => Frames.Event(item.WorkId, (ulong)index + 1, next));
        };
        _http = new HttpClient();
    }

    [OneTimeTearDown]
    public async Task OneTimeTearDown()
    {
        _http.Dispose();
        await _tunnel.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [TestCaseSource(typeof(ClientCall), nameof(ClientCall.All))]
    public async Task Send_AsTheClientDoes_GetsWhatItNeeds(ClientCall call)
    {
        _heard = null;
        using var request = call.ToRequest(_broker.Http.BaseAddress!, _broker.Key);

        using var response = await _http.SendAsync(request).DefaultTimeout();

        var body = await response.Content.ReadAsStringAsync().DefaultTimeout();
        var answer = new Answer(response, body, _heard?.Tools.FirstOrDefault()?.Name);
        Assert.Multiple(() =>
        {
            foreach (var need in call.Needs)
            {
                ClientNeeds.AssertMet(need, answer);
            }
        });
        AssertHeard(call.Heard);
    }

    [Test]
    public void Needs_OfEachClient_AreMoreThanOneCall() =>
        Assert.That(ClientCall.All.GroupBy(call => call.ToString().Split(':')[0]).Select(calls => calls.Count()), Has.All.GreaterThan(1));

    private void AssertHeard(JsonNode? expected)
    {
        if (expected is null)
        {
            Assert.That(_heard, Is.Null, "No CLI is asked.");
            return;
        }

        var last = _heard!.Messages[^1].Parts.Select(part => part.Text ?? part.ToolResult?.Content[^1].Text).Last(text => text is not null);
        Assert.That(_heard.Tools.Select(tool => tool.Name), Is.EqualTo(expected["tools"]!.AsArray().Select(name => (string?)name)));
        Assert.That(last!.Text, Is.EqualTo((string?)expected["last"]));
        Assert.That(_heard.Messages, Has.Count.EqualTo((int?)expected["messages"] ?? _heard.Messages.Count));
        Assert.That(_heard.Instructions, Is.EqualTo((string?)expected["system"] ?? _heard.Instructions));
        Assert.That(_heard.ResponseFormat is not null, Is.EqualTo((bool?)expected["form"] ?? false));
    }

    private static CliInfo Cli(string provider, string model) => new(Frames.Cli(provider, model))
    {
        Honours =
        {
            RequestFeatures.Tools, RequestFeatures.ToolChoice, RequestFeatures.SingleToolCall, RequestFeatures.StructuredOutput,
            RequestFeatures.Images, RequestFeatures.Thinking,
        },
    };

    // A text, and a call of the first tool where there is one.
    private static IEnumerable<WorkEvent> Events(WorkItem item)
    {
        yield return WorkEvents.Text(Answer.Text[..3]);
        yield return WorkEvents.Text(Answer.Text[3..]);
        if (item.Tools.Count > 0)
        {
            yield return WorkEvents.ToolCallStarted("c1", item.Tools[0].Name);
            yield return WorkEvents.ToolCallArguments("c1", Answer.Arguments[..4]);
            yield return WorkEvents.ToolCallArguments("c1", Answer.Arguments[4..]);
            yield return WorkEvents.ToolCallFinished("c1");
        }

        yield return new WorkEvent { Usage = new Usage { InputTokens = Answer.InputTokens, OutputTokens = Answer.OutputTokens } };
        yield return WorkEvents.Finished(item.Tools.Count > 0 ? StopReason.ToolUse : StopReason.EndTurn);
    }
}
