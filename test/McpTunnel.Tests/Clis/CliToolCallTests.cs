using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CliToolCallTests
{
    [TestCase("", "{}")]
    [TestCase("{\r\n  \"a\": [1,\n 2]\n}", "{\"a\":[1,2]}")]
    [TestCase("{\"a\":\"x\u2028y\"}", "{\"a\":\"x\\u2028y\"}")]
    public void Arguments_Object_IsOneLine(string given, string written) =>
        Assert.That(CliToolCall.Arguments(new ToolCallPart { Id = "c1", ArgumentsJson = given }).GetRawText(), Is.EqualTo(written));

    [TestCase("[1]")]
    [TestCase("{\"a\":")]
    [TestCase("{\"a\":\"\\ud800\"}")]
    public void Arguments_NoObjectOrHalfACharacter_IsTheCallersFault(string given)
    {
        var failure = Assert.Throws<CliFailureException>(() => CliToolCall.Arguments(new ToolCallPart { Id = "c1", ArgumentsJson = given }));

        Assert.That(failure!.Kind, Is.EqualTo(FailureKind.InvalidRequest));
        Assert.That(failure.Message, Does.Contain("c1"));
    }
}
