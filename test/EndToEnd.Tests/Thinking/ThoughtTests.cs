using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Thinking;

/// <summary>
/// Thoughts of each CLI's model in the word that each dialect has for them, by the official SDKs. In one piece: Gemini CLI tells each piece
/// as a thought of its own, without the blanks around it.
/// </summary>
internal sealed class ThoughtTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(TunnelBuild.Managed);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Thoughts_AskedFor_AreToldApartFromTheText(
        [Values("openai-chat", "openai-responses", "anthropic", "gemini")] string sdk,
        [Values("claude-opus-4-6", "gpt-5.3-codex", "gemini-2.5-flash")] string model,
        [Values] bool stream)
    {
        _stack.Provider.Answer(ProviderScript.Empty.Thinking("It is so.").Text("Because."));
        var order = new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, model, stream };
        await using var script = RunningProgram.StartScript("Thinking/thoughts.mjs", order);

        var thoughts = (await script.LineWithAsync("thoughts "))["thoughts ".Length..];
        var text = (await script.LineWithAsync("done "))["done ".Length..];

        Assert.That((thoughts, text), Is.EqualTo(("\"It is so.\"", "\"Because.\"")));
    }
}
