using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CliToolCallTests
{
    [TestCase("{}", "{}")]
    [TestCase("{\r\n  \"a\": [1,\n 2]\n}", "{\"a\":[1,2]}")]
    [TestCase("{\"a\":\"x\u2028y\"}", "{\"a\":\"x\\u2028y\"}")]
    public void Arguments_Object_IsOneLine(string given, string written) =>
        Assert.That(CliToolCall.Arguments(new ToolCallPart { Id = "c1", ArgumentsJson = given }).GetRawText(), Is.EqualTo(written));
}
