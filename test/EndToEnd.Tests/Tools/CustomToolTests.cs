using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Tools;

/// <summary>OpenAI's custom tools on the three real CLIs: one text in, one text out, in both of its dialects.</summary>
internal sealed class CustomToolTests
{
    private const string Patch = "*** Begin Patch\n+\"a\" \\ é 😀\n*** End Patch";

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(TunnelBuild.Managed);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task OpenAi_CustomToolAndItsResult_AreTexts(
        [Values("openai-chat", "openai-responses")] string sdk,
        [Values("claude-opus-4-6", "gpt-5.3-codex", "gemini-2.5-flash")] string model)
    {
        var stream = !model.StartsWith("gpt", StringComparison.Ordinal);
        _stack.Provider.Script = request => request.Conversation.Messages.Any(message => message.ToolResults.Count > 0)
            ? ProviderScript.Say("Mended.")
            : ProviderScript.Empty.ToolCall(
                request.Conversation.ToolNames.Single(), JsonSerializer.Serialize(new { input = Patch }), "toolu_1");
        var order = new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, model, stream, result = "done" };
        await using var loop = RunningProgram.StartScript("Tools/custom.mjs", order);

        var call = JsonElement.Parse((await loop.LineWithAsync("call "))["call ".Length..]);
        var text = (await loop.LineWithAsync("done "))["done ".Length..];

        var sent = _stack.Provider.Requests[^1].Conversation.Messages;
        Assert.Multiple(() =>
        {
            Assert.That((call.GetProperty("name").GetString(), call.GetProperty("input").GetString()), Is.EqualTo(("apply_patch", Patch)));
            Assert.That(call.GetProperty("type").GetString(), Does.StartWith("custom"));
            Assert.That(text, Is.EqualTo("\"Mended.\""));
            Assert.That(sent.SelectMany(message => message.ToolResults).Single().Text, Does.Contain("done"));
            Assert.That(sent.SelectMany(message => message.ToolCalls).Count(), Is.EqualTo(1));
        });
    }
}
