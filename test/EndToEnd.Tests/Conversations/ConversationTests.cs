using System.Text.Json;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.EndToEnd.Tests.Conversations;

/// <summary>
/// A whole conversation reaches the model as the caller wrote it: true roles, true order, the system prompt as the system prompt, no tools.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
public sealed class ConversationTests(TunnelBuild build)
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task SystemAndFiveTurns_ReachTheModelInOrder(
        [ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.Models))] string model)
    {
        var mark = Guid.NewGuid().ToString("N");
        object[] messages =
        [
            new { role = "system", content = $"System {mark}." },
            ChatCall.User("First question."),
            ChatCall.Assistant("First answer."),
            ChatCall.User("Second question."),
            ChatCall.Assistant("Second answer."),
            ChatCall.User($"Third question {mark}."),
        ];

        var reply = await ChatCall.SendAsync(_stack, model, messages);

        Assert.That(reply.Text, Is.EqualTo(DefaultScript.TextFor($"Third question {mark}.")));
        var request = _stack.Provider.Requests.Single(sent => sent.LastUserText.Contains(mark, StringComparison.Ordinal));
        Assert.That(request.Model, Is.EqualTo(model));
        Assert.That(ReceivedTexts.ShowSystem(request.Conversation), Is.EqualTo(ReceivedTexts.OfSystem(model, $"System {mark}.")));
        Assert.That(request.Conversation.ToolNames, Is.Empty);
        Assert.That(request.Conversation.Messages.Select(ReceivedTexts.Show), Is.EqualTo(new[]
        {
            ReceivedTexts.OfUser(model, "First question."), ReceivedTexts.OfAssistant("First answer."),
            ReceivedTexts.OfUser(model, "Second question."), ReceivedTexts.OfAssistant("Second answer."),
            ReceivedTexts.OfUser(model, $"Third question {mark}."),
        }));
    }

    [Test]
    public async Task Answer_TellsTheProvidersUsage([ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.Models))] string model)
    {
        _stack.Provider.Script = request => DefaultScript.For(request.LastUserText).WithUsage(new ProviderUsage(321, 45));

        var reply = await ChatCall.SendAsync(_stack, model, ChatCall.User("Count."));

        using var body = JsonDocument.Parse(reply.Body);
        var usage = body.RootElement.GetProperty("usage");
        Assert.That(usage.GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(321));
        Assert.That(usage.GetProperty("completion_tokens").GetInt32(), Is.EqualTo(45));
    }
}
