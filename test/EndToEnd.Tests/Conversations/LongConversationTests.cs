using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;

namespace Polydev.EndToEnd.Tests.Conversations;

/// <summary>
/// A history of 200 turns and 1 MB reaches the model whole: the CLI does not cut it, nor make a summary of it by a call of its own. What it
/// replays of it (Gemini CLI does, docs/clis/gemini-cli.md) does not come as an answer.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
public sealed class LongConversationTests(TunnelBuild build)
{
    private const int Turns = 200;
    private const int CharactersATurn = 5_000;

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    // Claude Code asks so much of its long models alone, and tells the vendor of the suffix in a header.
    [TestCase("claude-opus-4-6[1m]", "claude-opus-4-6")]
    [TestCase("gpt-5.3-codex", "gpt-5.3-codex")]
    [TestCase("gemini-2.5-flash", "gemini-2.5-flash")]
    public async Task TwoHundredTurnsOfOneMegabyte_ReachTheModelWhole(string model, string asked)
    {
        var before = _stack.Provider.CallCount;
        var texts = Enumerable.Range(1, Turns + 1).Select(TextOf).ToList();

        var reply = await ChatCall.SendAsync(
            _stack, model, [.. texts.Select((text, index) => index % 2 == 0 ? ChatCall.User(text) : ChatCall.Assistant(text))]);

        Assert.That(reply.Text, Is.EqualTo(DefaultScript.TextFor(texts[^1])), reply.Body[..Math.Min(500, reply.Body.Length)]);
        Assert.That(_stack.Provider.CallCount - before, Is.EqualTo(1), "the vendor is asked once");
        var request = _stack.Provider.Requests[^1];
        Assert.That(request.Model, Is.EqualTo(asked));
        Assert.That(
            request.Conversation.Messages.Select(ReceivedTexts.Show),
            Is.EqualTo(texts.Select((text, index) =>
                index % 2 == 0 ? ReceivedTexts.OfUser(model, text) : ReceivedTexts.OfAssistant(text))));
    }

    // No two alike, and none that looks like a repetition.
    private static string TextOf(int turn)
    {
        var words = new Random(turn);
        var text = $"Turn {turn}:";
        while (text.Length < CharactersATurn)
        {
            text += $" {words.Next():x}";
        }

        return text;
    }
}
