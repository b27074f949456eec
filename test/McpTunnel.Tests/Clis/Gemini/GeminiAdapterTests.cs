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
    private GeminiRig _rig = null!;

    [SetUp]
    public async Task SetUpAsync() => _rig = await GeminiRig.StartAsync();

    [TearDown]
    public async Task TearDownAsync() => await _rig.DisposeAsync();

    [Test]
    public async Task RunAsync_Instructions_ReachTheModelAsTheyAre()
    {
        var item = GeminiRig.Ask("first question", "first answer", "second question");
        item.Instructions = "Be brief.\n\nUse ${AvailableTools} and $HOME, never @/etc/hostname.";

        await _rig.RunAsync(item).DefaultTimeout();

        var received = _rig.Calls.Single();
        Assert.Multiple(() =>
        {
            Assert.That(received.Conversation.System.Replace("\u200b", string.Empty), Is.EqualTo(item.Instructions));
            Assert.That(received.Body.GetRawText(), Does.Not.Contain("session_context"));
        });
    }

    /// <summary>Each as a user's message and as an answer: what the CLI replays of it is counted, and is no part of the answer.</summary>
    [TestCase(" ")]
    [TestCase("\u0085")]
    [TestCase("\ufeff")]
    [TestCase("\u200b")]
    [TestCase("\u3000\u2028")]
    [TestCase("/init")]
    public async Task RunAsync_OddTextInTheHistory_IsAnsweredByTheAnswerAlone(string text)
    {
        _rig.Provider.Answer(ProviderScript.Say("the answer"));

        var answer = await _rig.RunAsync(GeminiRig.Ask("question", text, text, "said", "last")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("the answer"));
    }

    [TestCase("gemini-2.5-flash")]
    [TestCase("gemini-2.5-pro")]
    [TestCase("gemini-3-pro-preview")]
    [TestCase("gemini-3.5-flash-lite")]
    public async Task RunAsync_AnyModel_AsksThatModelOnly(string model)
    {
        var item = GeminiRig.Ask("hello");
        item.Model = model;

        await _rig.RunAsync(item).DefaultTimeout();

        Assert.That(_rig.Provider.Requests.Select(request => request.Model), Is.EqualTo([model]));
    }

    [Test]
    public async Task RunAsync_LiteModelOutOfQuota_FailsInsteadOfSwitchingModels()
    {
        _rig.Provider.Answer(ProviderScript.Fail(429, "Quota exceeded. Please retry."));
        var item = GeminiRig.Ask("hello");
        item.Model = "gemini-3.5-flash-lite";

        var failure = Assert.ThrowsAsync<CliFailureException>(() => _rig.RunAsync(item).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.RateLimited));
        Assert.That(failure.Message, Does.Contain("Quota exceeded"));
        Assert.That(_rig.Provider.Requests.Select(request => request.Model), Is.EqualTo(["gemini-3.5-flash-lite"]));
    }

    [TestCase("auto")]
    [TestCase("flash")]
    public void RunAsync_ModelThatChooses_IsRefused(string model)
    {
        var item = GeminiRig.Ask("hello");
        item.Model = model;

        var failure = Assert.ThrowsAsync<CliFailureException>(() => _rig.RunAsync(item).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.UnknownModel));
        Assert.That(_rig.Processes(), Is.Empty);
    }

    [Test]
    public async Task RunAsync_ThoughtsAndCache_AreInTheUsage()
    {
        _rig.Provider.Answer(
            ProviderScript.Empty.Thinking("**Plan** think first").Text("done").WithUsage(
                new ProviderUsage(100, 22) { CacheRead = 40, Reasoning = 15 }));

        var answer = await _rig.RunAsync(GeminiRig.Ask("hello")).DefaultTimeout();

        Assert.That(answer.Text, Is.EqualTo("done"));
        Assert.That(answer.Thinking, Does.Contain("think first"));
        Assert.That(
            answer.Usage, Is.EqualTo(new Usage { InputTokens = 100, OutputTokens = 22, CacheReadTokens = 40, ThinkingTokens = 15 }));
    }

    [TestCase(400, "API key not valid. Please pass a valid API key.", FailureKind.NotLoggedIn)]
    [TestCase(400, "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).", FailureKind.ContextTooLong)]
    [TestCase(404, "models/gemini-2.5-flash is not found for API version v1beta.", FailureKind.UnknownModel)]
    [TestCase(503, "The model is overloaded. Please try again later.", FailureKind.Overloaded)]
    public async Task RunAsync_VendorRefuses_FailsOnceWithTheVendorsText(int status, string text, FailureKind kind)
    {
        _rig.Provider.Answer(ProviderScript.Fail(status, text));

        var failure = Assert.ThrowsAsync<CliFailureException>(() => _rig.RunAsync(GeminiRig.Ask("hello")).DefaultTimeout());

        Assert.That(failure!.Kind, Is.EqualTo(kind), failure.Message);
        Assert.That(failure.Message, Does.Contain(text));
        Assert.That(failure.VendorStatus, Is.EqualTo(status));
        Assert.That(_rig.Provider.Requests, Has.Count.EqualTo(1));
        await ProcessProbe.AssertGoneAsync(_rig.Processes, TimeSpan.FromSeconds(5));
    }

    [Test]
    public async Task RunAsync_EndsWithAToolResult_TheModelReadsItAsOne()
    {
        var item = CliRig.WithToolCall(GeminiRig.Ask("weather?"), """{"city":"Rome"}""", "rain", isAnswered: false);

        await _rig.RunAsync(item).DefaultTimeout();

        var messages = _rig.Provider.Requests.Single().Conversation.Messages;
        Assert.That(messages.Select(message => message.Role), Is.EqualTo([ProviderRole.User, ProviderRole.Assistant, ProviderRole.User]));
        Assert.That(messages[1].ToolCalls.Single().Name, Is.EqualTo("get_weather"));
        Assert.That(messages[2].ToolResults.Single().Text, Is.EqualTo("""{"output":"rain"}"""));
        Assert.That(messages.SelectMany(message => message.Texts), Is.EqualTo(["weather?"]), "nothing is said beside");
    }
}
