using System.Net.Http.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// An answer that was cut at the token limit says so in the caller's own words, whole and streamed: cut by the vendor, or, where the CLI
/// takes no limit, by the tunnel. Gemini CLI's protocol tells of no cut by its vendor (0.61.0); the natural end stands in
/// <see cref="SdkMatrixTests"/>.
/// </summary>
public sealed class StopReasonTests
{
    private const string Question = "Count to a million.";
    private Stack _stack = null!;

    public static IEnumerable<string> Models => SdkMatrixTests.Models.Where(model => !model.StartsWith("gemini", StringComparison.Ordinal));

    /// <summary>Of CLIs that have no way to tell their vendor of a limit.</summary>
    public static IEnumerable<string> Unlimited =>
        SdkMatrixTests.Models.Where(model => !model.StartsWith("claude", StringComparison.Ordinal));

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

    [Test]
    public async Task Call_OverALimitThatItsCliDoesNotTake_IsCutThere(
        [ValueSource(nameof(Unlimited))] string model,
        [Values] bool stream,
        [Values("chat", "responses", "anthropic", "google")] string dialect)
    {
        var (path, body, reason) = dialect switch
        {
            "chat" => (
                "chat/completions",
                new { model, stream, max_completion_tokens = 2, messages = new[] { new { role = "user", content = Question } } },
                "\"finish_reason\":\"length\""),
            "responses" => (
                "responses", new { model, stream, max_output_tokens = 2, input = Question } as object, "\"reason\":\"max_output_tokens\""),
            "anthropic" => (
                "messages",
                new { model, stream, max_tokens = 2, messages = new[] { new { role = "user", content = Question } } },
                "\"stop_reason\":\"max_tokens\""),
            _ => (
                $"v1beta/models/{model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
                new
                {
                    generationConfig = new { maxOutputTokens = 2 },
                    contents = new[] { new { role = "user", parts = new[] { new { text = Question } } } },
                },
                "\"finishReason\":\"MAX_TOKENS\""),
        };

        var answer = await PostAsync(path, body);

        Assert.That(answer, Does.Contain("one, two").And.Contain(reason).And.Not.Contain("three"));
    }

    private async Task ExpectAsync(string path, object body, string reason, string other) =>
        Assert.That(await PostAsync(path, body), Does.Contain("three").And.Contain(reason).And.Not.Contain(other));

    private Task<string> PostAsync(string path, object body) =>
        _stack.Calls.RunAsync(async () =>
        {
            using var client = _stack.CreateClient();
            using var response = await client.PostAsJsonAsync(path, body).DefaultTimeout();
            var text = await response.Content.ReadAsStringAsync();
            Assert.That(response.IsSuccessStatusCode, Is.True, text);
            return text;
        });
}
