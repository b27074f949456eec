using System.Text.Json.Nodes;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Apis;

/// <summary>OpenAI's SDK asks for a text completion, whole and streamed, of each CLI.</summary>
internal sealed class CompletionsTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Completion_WholeOrStreamed_GivesTheExactText(
        [ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.Models))] string model, [Values] bool stream)
    {
        _stack.Provider.Answer(ProviderScript.Say("Grüße, ", "\"Stück\" ", "🎈.").WithUsage(new ProviderUsage(100, 42)));

        var (pieces, done) = await _stack.Calls.RunAsync(() => AskAsync(model, stream));

        Assert.That((string?)done["text"], Is.EqualTo("Grüße, \"Stück\" 🎈."));
        Assert.That((string?)done["stop"], Is.EqualTo("stop"));
        Assert.That((int?)done["output"], Is.EqualTo(42));
        Assert.That(string.Concat(pieces), Is.EqualTo(stream ? "Grüße, \"Stück\" 🎈." : string.Empty));
        Assert.That(_stack.Provider.Requests[^1].LastUserText, Does.Contain("Say it."));
    }

    private async Task<(IReadOnlyList<string> Pieces, JsonNode Done)> AskAsync(string model, bool stream)
    {
        var order = new { sdk = "openai-chat", baseUrl = _stack.ApiBase, key = _stack.Key, model, stream, text = "Say it." };
        await using var script = RunningProgram.StartScript("Apis/completions.mjs", order);
        var done = JsonNode.Parse((await script.LineWithAsync("done "))["done ".Length..])!;
        var pieces = script.Output.Split('\n').Where(line => line.StartsWith("piece ", StringComparison.Ordinal));
        return ([.. pieces.Select(line => (string)JsonNode.Parse(line["piece ".Length..])!)], done);
    }
}
