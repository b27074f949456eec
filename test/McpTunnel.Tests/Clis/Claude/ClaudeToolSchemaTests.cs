using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

internal sealed class ClaudeToolSchemaTests
{
    [TestCase("""{"type":"object","properties":{"a":{"type":"string","pattern":"^x"}},"required":["a"],"$defs":{"b":{}}}""", null)]
    [TestCase("", """{"type":"object","properties":{}}""")]
    [TestCase("{}", """{"type":"object","properties":{}}""")]
    [TestCase("""{"properties":{"a":{"type":"string"}}}""", """{"properties":{"a":{"type":"string"}},"type":"object"}""")]
    [TestCase("""{"type":["object","null"],"properties":null}""", """{"type":"object","properties":{}}""")]
    [TestCase("""{"type":"object","properties":{},"required":null}""", """{"type":"object","properties":{}}""")]
    [TestCase(
        """{"type":"object","properties":{"a":true,"b":false,"c":null}}""",
        """{"type":"object","properties":{"a":{},"b":{"not":{}},"c":{}}}""")]
    [TestCase(
        """{"anyOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"a":{},"b":{"type":"number"}}},true],"oneOf":1}""",
        """{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number"}}}""")]
    [TestCase(
        """{"$defs":{"b":{"properties":{"x":{}}}},"allOf":[{"$ref":"#/$defs/b"},{"$ref":"#/none/b"},{"$ref":1},{"$ref":"other"}]}""",
        """{"$defs":{"b":{"properties":{"x":{}}}},"type":"object","properties":{"x":{}}}""")]
    [TestCase("{\r\n \"type\":\n\"object\",\"properties\":{}}", """{"type":"object","properties":{}}""")]
    public void Of_Schema_HasARootThatTheCliTakes(string given, string? expected) =>
        Assert.That(ClaudeToolSchema.Of(new ToolSpec { InputSchemaJson = given }).GetRawText(), Is.EqualTo(expected ?? given));

    [TestCase("[]")]
    [TestCase("true")]
    [TestCase("null")]
    [TestCase("{")]
    [TestCase("""{"type":"object","type":"object"}""")]
    [TestCase("""{"properties":{"a b":{}}}""")]
    [TestCase("""{"properties":{"$filter":{}}}""")]
    [TestCase("""{"properties":{"":{}}}""")]
    [TestCase("""{"properties":{"x234567890123456789012345678901234567890123456789012345678901234":{},"a\n":{}}}""")]
    public void Of_WhatIsNoSchema_IsTheCallersFault(string given) => Assert.That(
        Assert.Throws<CliFailureException>(() => ClaudeToolSchema.Of(new ToolSpec { InputSchemaJson = given }))!.Kind,
        Is.EqualTo(FailureKind.InvalidRequest));
}
