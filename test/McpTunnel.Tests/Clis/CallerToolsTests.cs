using System.Text.Json;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CallerToolsTests
{
    private readonly CallerTools _tools = CallerTools.Mounted(["get_weather"]);

    [TestCase("get_weather", true)]
    [TestCase("GET_WEATHER", false)]
    [TestCase("Bash", false)]
    [TestCase("", false)]
    [TestCase(null, false)]
    public void Owns_Name_IsTheCallersOrNot(string? name, bool expected) => Assert.That(_tools.Owns(name), Is.EqualTo(expected));

    [TestCase("Bash", "(Bash)")]
    [TestCase("", "(a tool)")]
    [TestCase(null, "(a tool)")]
    public void ThrowUnlessOwned_Stranger_BreaksTheLockByItsName(string? name, string expected)
    {
        var failure = Assert.Throws<CliFailureException>(() => _tools.ThrowUnlessOwned(name, "a tool"))!;

        Assert.That((failure.Kind, failure.Message.Contains(expected)), Is.EqualTo((FailureKind.LockBroken, true)), failure.Message);
    }

    [Test]
    public void ThrowUnlessOwned_OwnTool_IsQuiet() => Assert.DoesNotThrow(() => _tools.ThrowUnlessOwned("get_weather", "a tool"));

    [TestCase("tool/call", "get_weather", false)]
    [TestCase("tool/call", "Bash", true)]
    [TestCase("fs/read_text_file", null, true)]
    public async Task ReplyAsync_RequestOfTheCli_EndsTheTurnUnlessItCallsAnOwnTool(string method, string? tool, bool ends)
    {
        using var requests = new CliRequests(_ => tool) { Tools = _tools };

        var reply = await requests.ReplyAsync(new JsonRpcRequest(default, method, default(JsonElement)), CancellationToken.None);

        Assert.That(reply.ErrorMessage, Is.EqualTo($"{method} is not offered."));
        Assert.That((requests.Broken.IsCancellationRequested, requests.Incident is not null), Is.EqualTo((ends, ends)));
    }
}
