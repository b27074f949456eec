using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Apis;

/// <summary>The official SDKs show their vendor's headers of our answers and errors, the id of the request among them.</summary>
internal sealed class HeaderTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartBrokerOnlyAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Headers_OfAnAnswerOrAnError_AreTheVendors(
        [Values("openai-chat", "anthropic", "anthropic-0")] string sdk, [Values] bool fails)
    {
        await using var script = RunningProgram.StartScript(
            "Apis/headers.mjs", new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, fails });

        var seen = JsonDocument.Parse((await script.LineWithAsync("done "))["done ".Length..]).RootElement;

        var headers = seen.GetProperty("headers");
        Assert.That(seen.GetProperty("id").GetString(), Does.StartWith("req_"));
        if (sdk == "openai-chat")
        {
            Assert.That(headers.GetProperty("openai-version").GetString(), Is.EqualTo("2020-10-01"));
            Assert.That(headers.GetProperty("openai-processing-ms").GetString(), Does.Match("^[0-9]+$"));
        }
        else
        {
            Assert.That(Guid.TryParse(headers.GetProperty("anthropic-organization-id").GetString(), out _), Is.True);
        }
    }
}
