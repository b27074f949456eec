using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Structured;

/// <summary>
/// Typed answers on the three real CLIs, by what the official SDKs and the frameworks have for them. The vendor is told of the schema in
/// its own way where the CLI has one, and the model in words where it has none; LangChain forces a tool on some.
/// </summary>
internal sealed class StructuredAnswerTests
{
    private const string Good = """{"city":"Rome","degrees":21.5,"sky":"rain"}""";

    // A model that has been told in words fences its JSON often enough.
    private const string Fenced = $"```json\n{Good}\n```";

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(TunnelBuild.Managed);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task SdkHelper_OnEachCli_GivesTheTypedAnswer(
        [Values("openai-chat", "openai-responses", "anthropic", "gemini", "gemini-own-schema")] string helper, [Values] bool stream,
        [Values("claude-opus-4-6", "gpt-5.3-codex", "gemini-2.5-flash")] string model)
    {
        await AssertTypedAsync(helper, stream, model);

        var request = _stack.Provider.Requests[^1];
        Assert.That(SchemaIn(request), Does.Contain("city").And.Contain("degrees").And.Contain("sky"));
    }

    [Test]
    public async Task Framework_OnOneCli_GivesTheTypedAnswer(
        [Values(
            "vercel-openai", "vercel-responses", "vercel-anthropic", "vercel-google", "langchain-openai", "langchain-anthropic",
            "langchain-google")] string helper) => await AssertTypedAsync(helper, false, "claude-opus-4-6");

    private async Task AssertTypedAsync(string helper, bool stream, string model)
    {
        var asked = _stack.Provider.CallCount;
        _stack.Provider.Script = request => request.Conversation.ToolNames is [var tool, ..]
            ? ProviderScript.Say(string.Empty).ToolCall(tool, Good, "toolu_1")
            : ProviderScript.Say(model.StartsWith("gemini", StringComparison.Ordinal) ? Fenced : Good);
        await using var call = RunningProgram.StartScript(
            "Structured/structured.mjs", new { helper, baseUrl = _stack.ApiBase, key = _stack.Key, model, stream });

        var typed = JsonElement.Parse((await call.LineWithAsync("done "))["done ".Length..]);

        Assert.That(JsonElement.DeepEquals(typed, JsonElement.Parse(Good)), Is.True, typed.GetRawText());
        Assert.That(_stack.Provider.CallCount - asked, Is.EqualTo(1));
    }

    private static string SchemaIn(ProviderRequest request) => request.Dialect switch
    {
        // A schema with what the vendor does not take is told in words: Google's SDK leaves objects open.
        ProviderDialect.Anthropic when request.Body.TryGetProperty("output_config", out var config)
            && config.TryGetProperty("format", out var format) => format.GetRawText(),
        ProviderDialect.OpenAi when request.Body.TryGetProperty("text", out var text)
            && text.TryGetProperty("format", out var format) => format.GetRawText(),
        _ => request.Conversation.System,
    };
}
