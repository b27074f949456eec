using System.Net.Http.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// An answer that the vendor cut at the token limit says so in the caller's own words, whole and streamed. Not through Gemini CLI, whose
/// protocol tells no such reason (0.61.0); the natural end stands in <see cref="SdkMatrixTests"/>.
/// </summary>
public sealed class StopReasonTests
{
    private const string Question = "Count to a million.";
    private Stack _stack = null!;

    public static IEnumerable<string> Models => SdkMatrixTests.Models.Where(model => !model.StartsWith("gemini", StringComparison.Ordinal));

    [OneTimeSetUp]
    public async Task OneTimeSetUp()
    {
        _stack = await Stack.StartAsync();
        _stack.Provider.Answer(ProviderScript.Say("one, two, ", "three").FinishWith(ProviderFinish.Length));
    }

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public Task Chat_CutAtTheLimit_SaysLength([ValueSource(nameof(Models))] string model, [Values] bool stream) =>
        ExpectAsync(
            "chat/completions",
            new { model, stream, messages = new[] { new { role = "user", content = Question } } },
            "\"finish_reason\":\"length\"",
            "\"finish_reason\":\"stop\"");

    [Test]
    public Task Responses_CutAtTheLimit_IsIncomplete([ValueSource(nameof(Models))] string model, [Values] bool stream) =>
        ExpectAsync("responses", new { model, stream, input = Question }, "\"reason\":\"max_output_tokens\"", "response.completed");

    [Test]
    public Task Messages_CutAtTheLimit_SaysMaxTokens([ValueSource(nameof(Models))] string model, [Values] bool stream) =>
        ExpectAsync(
            "messages",
            new { model, stream, max_tokens = 100, messages = new[] { new { role = "user", content = Question } } },
            "\"stop_reason\":\"max_tokens\"",
            "\"stop_reason\":\"end_turn\"");

    [Test]
    public Task Gemini_CutAtTheLimit_SaysMaxTokens([ValueSource(nameof(Models))] string model, [Values] bool stream) =>
        ExpectAsync(
            $"v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
            new { contents = new[] { new { role = "user", parts = new[] { new { text = Question } } } } },
            "\"finishReason\":\"MAX_TOKENS\"",
            "\"finishReason\":\"STOP\"");

    private async Task ExpectAsync(string path, object body, string reason, string other)
    {
        var answer = await _stack.Calls.RunAsync(async () =>
        {
            using var client = _stack.CreateClient();
            using var response = await client.PostAsJsonAsync(path, body).DefaultTimeout();
            var text = await response.Content.ReadAsStringAsync();
            Assert.That(response.IsSuccessStatusCode, Is.True, text);
            return text;
        });

        Assert.That(answer, Does.Contain("three").And.Contain(reason).And.Not.Contain(other));
    }
}
