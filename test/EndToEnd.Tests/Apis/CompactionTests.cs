using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Apis;

/// <summary>OpenAI's SDK has a conversation compacted and goes on from what came back, on each CLI.</summary>
internal sealed class CompactionTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Conversation_Compacted_GoesOnFromItsSummary(
        [ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.Models))] string model)
    {
        _stack.Provider.Script = request => ProviderScript.Say(
            request.LastUserText.Contains("Sum up this conversation", StringComparison.Ordinal) ? "The colour is teal." : "Teal.");
        var order = new { sdk = "openai-responses", baseUrl = _stack.ApiBase, key = _stack.Key, model };
        await using var script = RunningProgram.StartScript("Apis/compaction.mjs", order);

        Assert.That(await script.LineWithAsync("done "), Is.EqualTo("done \"Teal.\""));
        Assert.That(script.Output, Does.Contain("compacted [\"message\",\"compaction\"]"));
        var texts = _stack.Provider.Requests[^1].Conversation.Messages.SelectMany(message => message.Texts).ToList();
        Assert.That(texts, Has.Some.Contain("My colour is teal.").And.Some.Contain("The colour is teal.").And.Some.Contain("Which is it?"));
    }
}
