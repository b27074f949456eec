using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Apis;

/// <summary>
/// A caller begins the model's message, and joins what comes to it, as the SDKs' users do. The provider's model repeats the beginning.
/// </summary>
internal sealed class PrefillTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [TestCase("anthropic", "claude-haiku-4-5-20251001")]
    [TestCase("anthropic-0", "claude-haiku-4-5-20251001")]
    [TestCase("anthropic", "gpt-5.3-codex")]
    [TestCase("gemini", "gemini-2.5-flash")]
    public async Task Message_ThatTheCallerHasBegun_IsWholeOnce(string sdk, string model)
    {
        foreach (var stream in (bool[])[false, true])
        {
            _stack.Provider.Answer(ProviderScript.Say("Once ", "upon a", " time."));

            var text = await _stack.Calls.RunAsync(() => AskAsync(sdk, model, stream));

            Assert.That(text, Is.EqualTo("Once upon a time."), $"Streamed: {stream}");
            Assert.That(_stack.Provider.Requests[^1].LastUserText, Does.Contain("Continue your last message exactly where it ends"));
        }
    }

    [Test]
    public async Task Message_OfAModelThatTakesNone_IsRefusedInTheVendorsWords() => Assert.That(
        await AskAsync("anthropic", "claude-opus-4-6", stream: false),
        Is.EqualTo("400 This model does not support assistant message prefill. The conversation must end with a user message."));

    private async Task<string> AskAsync(string sdk, string model, bool stream)
    {
        var order = new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, model, stream, begun = "Once upon" };
        await using var script = RunningProgram.StartScript("Apis/prefill.mjs", order);
        return JsonSerializer.Deserialize<string>((await script.LineWithAsync("done "))["done ".Length..])!;
    }
}
