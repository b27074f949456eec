using System.Net.Http.Json;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// A whole conversation reaches the model as the caller wrote it: true roles, true order, the system prompt as the system prompt, no tools.
/// </summary>
public sealed class ConversationTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task SystemAndFiveTurns_ReachTheModelInOrder(
        [ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.Models))] string model)
    {
        using var client = _stack.CreateClient();
        var mark = Guid.NewGuid().ToString("N");
        object[] messages =
        [
            new { role = "system", content = $"System {mark}." },
            new { role = "user", content = "First question." },
            new { role = "assistant", content = "First answer." },
            new { role = "user", content = "Second question." },
            new { role = "assistant", content = "Second answer." },
            new { role = "user", content = $"Third question {mark}." },
        ];

        var response = await client.PostAsJsonAsync("chat/completions", new { model, messages }).DefaultTimeout();

        Assert.That(response.IsSuccessStatusCode, Is.True, await response.Content.ReadAsStringAsync());
        var request = _stack.Provider.Requests.Single(sent => sent.LastUserText.Contains(mark, StringComparison.Ordinal));
        Assert.That(request.Model, Is.EqualTo(model));
        Assert.That(request.Conversation.System, Does.Contain($"System {mark}."));
        Assert.That(request.Conversation.ToolNames, Is.Empty);
        Assert.That(Turns(request.Conversation), Is.EqualTo(new[]
        {
            "User: First question.", "Assistant: First answer.", "User: Second question.", "Assistant: Second answer.",
            $"User: Third question {mark}.",
        }));
    }

    [Test]
    public async Task Answer_TellsTheProvidersUsage([ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.Models))] string model)
    {
        using var client = _stack.CreateClient();
        _stack.Provider.Script = request => DefaultScript.For(request.LastUserText).WithUsage(new ProviderUsage(321, 45));

        var messages = new[] { new { role = "user", content = "Count." } };
        var response = await client.PostAsJsonAsync("chat/completions", new { model, messages }).DefaultTimeout();

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var usage = body.RootElement.GetProperty("usage");
        Assert.That(usage.GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(321));
        Assert.That(usage.GetProperty("completion_tokens").GetInt32(), Is.EqualTo(45));
    }

    // What a CLI adds by itself (a date, an empty guard before a text that it would otherwise eat) is no turn of the caller's.
    private static string[] Turns(Conversation conversation) =>
        [.. conversation.Messages
            .Select(message => (message.Role, Text: string.Concat(message.Texts.Where(text => !IsReminder(text)))))
            .Where(turn => turn.Role is ProviderRole.User or ProviderRole.Assistant && turn.Text.Trim('\u200b', ' ', '\n').Length > 0)
            .Select(turn => $"{turn.Role}: {turn.Text.Trim('\u200b')}")];

    private static bool IsReminder(string text) => text.TrimStart().StartsWith("<system-reminder>", StringComparison.Ordinal);
}
