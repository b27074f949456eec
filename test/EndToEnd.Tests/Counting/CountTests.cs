using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Counting;

/// <summary>The official SDKs ask what a request comes to, two generations where there are two. Nobody answers calls here.</summary>
internal sealed class CountTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartBrokerOnlyAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    // Counted for OpenAI's model: two of the text, four of its message, three of the answer's beginning. Else estimated.
    [Test]
    public async Task Count_ByTheSdksOwnWay_IsAFigure(
        [Values("openai-responses", "anthropic", "anthropic-0", "gemini", "gemini-2")] string sdk,
        [Values("gpt-5.1-mini", "claude-opus-4-6")] string model)
    {
        var order = new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, model, text = "hello world" };
        await using var script = RunningProgram.StartScript("Counting/count.mjs", order);

        Assert.That(await script.LineWithAsync("done "), Is.EqualTo(model == "gpt-5.1-mini" ? "done 9" : "done 7"));
    }
}
