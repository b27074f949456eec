using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

/// <summary>What a caller gets, through the real CLI.</summary>
[Category("Cli")]
public sealed class GeminiAdapterTests
{
    private GeminiBench _bench = null!;

    [SetUp]
    public async Task SetUpAsync() => _bench = await GeminiBench.StartAsync();

    [TearDown]
    public async Task TearDownAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task RunAsync_AnswerInPieces_StreamsEachPieceAsItComes()
    {
        var gate = new ProviderGate();
        _bench.Provider.Answer(ProviderScript.Say("one ", "two ").Wait(gate).Text("three"));
        await using var events = _bench.Adapter.RunAsync(GeminiBench.Item("count"), CancellationToken.None).GetAsyncEnumerator();

        var before = new List<string>();
        while (before.Count < 2 && await events.MoveNextAsync().AsTask().DefaultTimeout())
        {
            before.Add(events.Current.Text.Text);
        }

        gate.Open();
        var after = new List<WorkEvent>();
        while (await events.MoveNextAsync().AsTask().DefaultTimeout())
        {
            after.Add(events.Current);
        }

        Assert.That(before, Is.EqualTo(["one ", "two "]));
        Assert.That(after.Select(next => next.KindCase), Is.EqualTo([WorkEvent.KindOneofCase.Text, WorkEvent.KindOneofCase.Usage, WorkEvent.KindOneofCase.Finished]));
        Assert.That(after[0].Text.Text, Is.EqualTo("three"));
        Assert.That(after[2].Finished.StopReason, Is.EqualTo(StopReason.EndTurn));
    }

    [Test]
    public async Task RunAsync_SystemAndFiveTurns_ReachTheModelAsTheyAre()
    {
        var item = GeminiBench.Item("first question", "first answer", "second question", "second answer", "third question");
        item.Instructions = "Be brief.\n\nUse ${AvailableTools} and $HOME, never @/etc/hostname.";

        await _bench.AskAsync(item).DefaultTimeout();

        var received = _bench.Provider.Requests.Single();
        Assert.Multiple(() =>
        {
            Assert.That(received.Model, Is.EqualTo("gemini-2.5-flash"));
            Assert.That(received.Conversation.System.Replace("\u200b", string.Empty), Is.EqualTo(item.Instructions));
            Assert.That(received.Conversation.ToolNames, Is.Empty);
            Assert.That(received.Conversation.Messages.Select(message => message.Role), Is.EqualTo(
                [ProviderRole.User, ProviderRole.Assistant, ProviderRole.User, ProviderRole.Assistant, ProviderRole.User]));
            Assert.That(received.Conversation.Messages.Select(message => message.Text), Is.EqualTo(item.Messages.Select(message => message.Parts[0].Text.Text)));
            Assert.That(received.Body.GetRawText(), Does.Not.Contain("session_context"));
        });
    }

    [TestCase("gemini-2.5-flash")]
    [TestCase("gemini-2.5-pro")]
    [TestCase("gemini-3-pro-preview")]
    [TestCase("gemini-3.5-flash-lite")]
    public async Task RunAsync_AnyModel_AsksThatModelOnly(string model)
    {
        var item = GeminiBench.Item("hello");
        item.Model = model;

        await _bench.AskAsync(item).DefaultTimeout();

        Assert.That(_bench.Provider.Requests.Select(request => request.Model), Is.EqualTo([model]));
    }

    [Test]
    public async Task RunAsync_LiteModelOutOfQuota_FailsInsteadOfSwitchingModels()
    {
        _bench.Provider.Answer(ProviderScript.Fail(429, "Quota exceeded. Please retry."));
        var item = GeminiBench.Item("hello");
        item.Model = "gemini-3.5-flash-lite";

        var failure = Assert.ThrowsAsync<CliFailureException>(() => _bench.AskAsync(item).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.RateLimited));
        Assert.That(failure.Message, Does.Contain("Quota exceeded"));
        Assert.That(_bench.Provider.Requests.Select(request => request.Model), Is.EqualTo(["gemini-3.5-flash-lite"]));
    }

    [TestCase("auto")]
    [TestCase("flash")]
    public void RunAsync_ModelThatChooses_IsRefused(string model)
    {
        var item = GeminiBench.Item("hello");
        item.Model = model;

        var failure = Assert.ThrowsAsync<CliFailureException>(() => _bench.AskAsync(item).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.UnknownModel));
        Assert.That(_bench.Processes(), Is.Empty);
    }

    [Test]
    public async Task RunAsync_ThoughtsAndCache_AreInTheUsage()
    {
        _bench.Provider.Answer(ProviderScript.Empty.Thinking("**Plan** think first").Text("done").WithUsage(new ProviderUsage(100, 22) { CacheRead = 40, Reasoning = 15 }));

        var answer = await _bench.AskAsync(GeminiBench.Item("hello")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("done"));
        Assert.That(answer.Thinking, Does.Contain("think first"));
        Assert.That(answer.Usage, Is.EqualTo(new Usage { InputTokens = 100, OutputTokens = 22, CacheReadTokens = 40, ThinkingTokens = 15 }));
    }

    [TestCase(400, "API key not valid. Please pass a valid API key.", FailureKind.NotLoggedIn)]
    [TestCase(401, "Request had invalid authentication credentials.", FailureKind.NotLoggedIn)]
    [TestCase(400, "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).", FailureKind.ContextTooLong)]
    [TestCase(400, "Invalid value at 'contents[0]'.", FailureKind.InvalidRequest)]
    [TestCase(404, "models/gemini-2.5-flash is not found for API version v1beta.", FailureKind.UnknownModel)]
    [TestCase(429, "You exceeded your current quota.", FailureKind.RateLimited)]
    [TestCase(500, "An internal error has occurred.", FailureKind.Upstream)]
    [TestCase(503, "The model is overloaded. Please try again later.", FailureKind.Overloaded)]
    public async Task RunAsync_VendorRefuses_FailsOnceWithTheVendorsText(int status, string text, FailureKind kind)
    {
        _bench.Provider.Answer(ProviderScript.Fail(status, text));

        var failure = Assert.ThrowsAsync<CliFailureException>(() => _bench.AskAsync(GeminiBench.Item("hello")).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(kind), failure.Message);
        Assert.That(failure.Message, Does.Contain(text));
        Assert.That(failure.VendorStatus, Is.EqualTo(status));
        Assert.That(_bench.Provider.Requests, Has.Count.EqualTo(1));
        await ProcessProbe.AssertGoneAsync(_bench.Processes, TimeSpan.FromSeconds(5));
    }

    [Test]
    public void RunAsync_StreamCut_FailsAfterThePieces()
    {
        _bench.Provider.Answer(ProviderScript.Say("half ").Cut());

        var failure = Assert.ThrowsAsync<CliFailureException>(() => _bench.AskAsync(GeminiBench.Item("hello")).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.Upstream), failure.Message);
        Assert.That(_bench.Provider.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task RunAsync_ConversationEndsWithTheAssistant_AsksToContinue()
    {
        await _bench.AskAsync(GeminiBench.Item("tell me", "Once upon")).DefaultTimeout();

        Assert.That(_bench.Provider.Requests.Single().Conversation.Messages.Select(message => message.Text), Is.EqualTo(["tell me", "Once upon", GeminiHistory.Continue]));
    }

    [Test]
    public async Task RunAsync_EndsWithAToolResult_TheModelReadsItAsText()
    {
        var item = GeminiBench.Item("weather?");
        item.Messages.Add(new Message { Role = Role.Assistant, Parts = { new Part { ToolCall = new ToolCallPart { Id = "c1", Name = "get_weather", ArgumentsJson = "{\"city\":\"Rome\"}" } } } });
        var result = new ToolResultPart { ToolCallId = "c1", Content = { new Part { Text = new TextPart { Text = "rain" } } } };
        item.Messages.Add(new Message { Role = Role.User, Parts = { new Part { ToolResult = result } } });

        await _bench.AskAsync(item).DefaultTimeout();

        var messages = _bench.Provider.Requests.Single().Conversation.Messages;
        Assert.That(messages.Select(message => message.Role), Is.EqualTo([ProviderRole.User, ProviderRole.Assistant, ProviderRole.User]));
        Assert.That(messages[1].Text, Does.Contain("get_weather").And.Contain("Rome"));
        Assert.That(messages[2].Text, Does.Contain("rain"));
    }

    [Test]
    public async Task RunAsync_ToolCallInTheMiddle_KeepsItsForm()
    {
        var item = GeminiBench.Item("weather?");
        item.Messages.Add(new Message { Role = Role.Assistant, Parts = { new Part { ToolCall = new ToolCallPart { Id = "c1", Name = "get_weather", ArgumentsJson = "{\"city\":\"Rome\"}" } } } });
        var result = new ToolResultPart { ToolCallId = "c1", Content = { new Part { Text = new TextPart { Text = "rain" } } } };
        item.Messages.Add(new Message { Role = Role.User, Parts = { new Part { ToolResult = result } } });
        item.Messages.Add(GeminiBench.Message(Role.Assistant, "It rains."));
        item.Messages.Add(GeminiBench.Message(Role.User, "Thanks."));

        await _bench.AskAsync(item).DefaultTimeout();

        var messages = _bench.Provider.Requests.Single().Conversation.Messages;
        Assert.That(messages, Has.Count.EqualTo(5));
        Assert.That(messages[1].ToolCalls.Single().Name, Is.EqualTo("get_weather"));
        Assert.That(messages[2].ToolResults.Single().Text, Does.Contain("rain"));
    }

    [Test]
    public async Task RunAsync_PrettyArgumentsAndAnEmptyText_KeepTheCall()
    {
        var item = GeminiBench.Item("weather?");
        var call = new ToolCallPart { Id = "c1", Name = "get_weather", ArgumentsJson = "{\n  \"city\": \"Ro\u2028me\"\r\n}" };
        item.Messages.Add(new Message { Role = Role.Assistant, Parts = { new Part { Text = new TextPart() }, new Part { ToolCall = call } } });
        var result = new ToolResultPart { ToolCallId = "c1", Content = { new Part { Text = new TextPart { Text = "/rain" } } } };
        item.Messages.Add(new Message { Role = Role.User, Parts = { new Part { ToolResult = result } } });
        item.Messages.Add(GeminiBench.Message(Role.Assistant, "It rains."));
        item.Messages.Add(GeminiBench.Message(Role.User, "Thanks."));

        await _bench.AskAsync(item).DefaultTimeout();

        var messages = _bench.Provider.Requests.Single().Conversation.Messages;
        Assert.That(messages, Has.Count.EqualTo(5));
        Assert.That(messages[1].ToolCalls.Single().Name, Is.EqualTo("get_weather"));
        Assert.That(messages[2].ToolResults.Single().Text, Does.Contain("/rain"));
    }
}
