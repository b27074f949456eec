using System.Text.Json;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Tests.Clis.Tools;

internal sealed class CliToolCallTests
{
    [TestCase("{}", "{}")]
    [TestCase("{\r\n  \"a\": [1,\n 2]\n}", "{\"a\":[1,2]}")]
    [TestCase("{\"a\":\"x\u2028y\"}", "{\"a\":\"x\\u2028y\"}")]
    public void Arguments_Object_IsOneLine(string given, string written) =>
        Assert.That(CliToolCall.Arguments(new ToolCallPart { Id = "c1", ArgumentsJson = given }).GetRawText(), Is.EqualTo(written));

    [Test]
    public void Arguments_AsDeepAsTheBrokerTakes_AreReadAndWritten()
    {
        const int depth = TunnelProtocol.MaxJsonDepth;
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);

        var arguments = CliToolCall.Arguments(new ToolCallPart { Id = "c1", ArgumentsJson = deep });

        Assert.That(arguments.GetRawText(), Is.EqualTo(deep));
        var block = new ClaudeProtocol.ContentBlock("tool_use") { Input = arguments };
        Assert.That(JsonSerializer.Serialize(block, ClaudeJson.Default.ContentBlock), Does.Contain(deep));
    }
}
