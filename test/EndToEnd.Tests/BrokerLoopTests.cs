using System.Net.Http.Json;
using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// CLIs whose own base URLs lead to the broker that they would answer. Claude Code's is the broker's own address; the others' is one that
/// the tunnel cannot know as the broker's.
/// </summary>
public sealed class BrokerLoopTests
{
    private Stack _stack = null!;
    private OtherAddress _other = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync();
        _other = await OtherAddress.StartAsync(_stack.BrokerUrl);
        _stack.TunnelVariables["ANTHROPIC_BASE_URL"] = _stack.ApiBase;
        _stack.TunnelVariables["GOOGLE_GEMINI_BASE_URL"] = $"{_other.Url}/api/v1";
        var codex = Path.Combine(_stack.Home.Path, ".codex", "config.toml");
        var config = await File.ReadAllTextAsync(codex);
        await File.WriteAllTextAsync(codex, config.Replace(_stack.Provider.OpenAiBaseUrl, $"{_other.Url}/api/v1"));

        // A key that the broker would take: it is the loop that is refused, and nothing else.
        foreach (var name in (string[])["ANTHROPIC_API_KEY", "LOOPBACK_KEY", "GEMINI_API_KEY"])
        {
            _stack.TunnelVariables[name] = _stack.Key;
        }

        await _stack.StartTunnelAsync();
    }

    [OneTimeTearDown]
    public async Task OneTimeTearDown()
    {
        await _stack.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Test]
    public async Task BaseUrl_OfTheBroker_IsUnusableAndEachCallIsToldSoOnce()
    {
        var status = await _stack.ProviderAsync(Providers.Claude);
        Assert.That(status[0], Is.EqualTo("unusable"));
        Assert.That(status[1], Does.Contain($"localhost:{new Uri(_stack.BrokerUrl).Port}").And.Contain("without end"));

        var reply = await AskAsync(SdkMatrixTests.Models.First());

        Assert.That(reply.Status, Is.EqualTo(503), reply.Body);
        Assert.That(reply.Error.Message, Does.Contain(status[1]));
        Assert.That(_stack.Provider.Requests, Is.Empty);
    }

    [Test]
    public async Task BaseUrl_OfTheBrokerByAnotherName_ComesBackOnceAndIsRefused([Values("gpt-5.3-codex", "gemini-2.5-flash")] string model)
    {
        _other.Passed.Clear();

        var reply = await AskAsync(model);

        Assert.That(reply.Status, Is.EqualTo(400), reply.Body);
        Assert.That(reply.Error.Message, Does.Contain("come back round"));
        Assert.That(_other.Passed.Where(call => call.Method == "POST").Select(call => call.Status), Is.EqualTo(new[] { 400 }));
        Assert.That(_stack.Provider.Requests, Is.Empty);
    }

    private async Task<ChatReply> AskAsync(string model)
    {
        using var client = _stack.CreateClient();
        var messages = new[] { ChatCall.User("Who is there?") };
        using var response = await client.PostAsJsonAsync("chat/completions", new { model, messages }).DefaultTimeout();
        return new ChatReply((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
