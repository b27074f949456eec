using System.Net.Http.Json;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Calls;

/// <summary>A call of OpenAI's chat API without an SDK, held to one request of the provider.</summary>
internal static class ChatCall
{
    /// <summary>The answer, whatever its status.</summary>
    public static Task<ChatReply> SendAsync(Stack stack, string model, params IEnumerable<object> messages) =>
        stack.Calls.RunAsync(async () =>
        {
            using var client = stack.CreateClient();
            using var response = await client.PostAsJsonAsync("chat/completions", new { model, messages }).DefaultTimeout();
            return new ChatReply((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        });

    /// <summary>The text of a whole answer to one question, which must be a success that has come to its natural end.</summary>
    public static async Task<string> TextAsync(Stack stack, string model, string question) =>
        (await SendAsync(stack, model, User(question))).Text;

    public static object User(string text) => new { role = "user", content = text };

    public static object Assistant(string text) => new { role = "assistant", content = text };
}

/// <summary>What came back.</summary>
internal sealed record ChatReply(int Status, string Body)
{
    /// <summary>The answer's text; the test fails where there is none, or where it did not end by itself.</summary>
    public string Text
    {
        get
        {
            Assert.That(Status, Is.EqualTo(200), Body);
            using var json = JsonDocument.Parse(Body);
            var choice = json.RootElement.GetProperty("choices")[0];
            Assert.That(choice.GetProperty("finish_reason").GetString(), Is.EqualTo("stop"));
            return choice.GetProperty("message").GetProperty("content").GetString()!;
        }
    }

    /// <summary>Of an error: OpenAI's <c>type</c> and its message.</summary>
    public (string? Type, string? Message) Error
    {
        get
        {
            using var json = JsonDocument.Parse(Body);
            var error = json.RootElement.GetProperty("error");
            return (error.GetProperty("type").GetString(), error.GetProperty("message").GetString());
        }
    }
}
