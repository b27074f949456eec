using System.Net;
using System.Text;
using System.Text.Json;
using Polydev.Broker.Tests.Api;
using Polydev.Shared.Tunnel;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Hosting;

/// <summary>A call of a CLI that answers a call: it would go round without end.</summary>
public sealed class LoopGuardTests
{
    [TestCase("chat/completions", "message")]
    [TestCase("responses", "message")]
    [TestCase("v1/messages", "message")]
    [TestCase("v1beta/models/gemini-2.5-flash:generateContent", "status")]
    public async Task Post_ThatHasComeBackRound_IsRefusedInTheDialectsWords(string path, string field)
    {
        await using var broker = await RunningBroker.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
            Headers = { { TunnelProtocol.HopHeader, "1" } },
        };

        using var response = await broker.Http.SendAsync(request).DefaultTimeout();

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync().DefaultTimeout());
        var error = body.RootElement.GetProperty("error");
        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(error.GetProperty("message").GetString(), Does.Contain("come back round"));
            Assert.That(error.TryGetProperty(field, out _), Is.True);
            Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "false" }));
        });
    }
}
