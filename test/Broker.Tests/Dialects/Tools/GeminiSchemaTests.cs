namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>Google's own schemas become JSON Schema.</summary>
internal sealed class GeminiSchemaTests
{
    [TestCase("""{"type":"OBJECT","properties":{"type":{"type":"STRING","format":"date-time","nullable":true}},"required":["type"]}""",
        """{"type":"object","properties":{"type":{"type":["string","null"],"format":"date-time"}},"required":["type"]}""")]
    [TestCase("""{"type":"object","nullable":true,"propertyOrdering":["a"]}""", """{"type":"object"}""")]
    [TestCase("""{"type":"OBJECT","properties":{"a":{"type":"ARRAY","minItems":"2","max_items":3,"items":{"minimum":"-1"}}}}""",
        """{"type":"object","properties":{"a":{"type":"array","minItems":2,"maxItems":3,"items":{"minimum":-1}}}}""")]
    [TestCase("""{"type":"OBJECT","properties":{"a":{"type":"STRING","enum":["x"],"nullable":true,"example":"x","default":null}}}""",
        """{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x",null],"examples":["x"],"default":null}}}""")]
    [TestCase("""{"type":"OBJECT","properties":{"a":{"nullable":true,"any_of":[{"type":"NUMBER"},{"type":"BOOLEAN"}]}}}""",
        """{"type":"object","properties":{"a":{"anyOf":[{"type":"number"},{"type":"boolean"},{"type":"null"}]}}}""")]
    [TestCase("""{"type":"TYPE_UNSPECIFIED","properties":{}}""", """{"type":"object","properties":{}}""")]
    public void Read_Parameters_AreJsonSchema(string parameters, string expected) =>
        Assert.That(DialectRequest.Read("gemini", Declaring(parameters)).Work().Tools.Single().InputSchemaJson, Is.EqualTo(expected));

    [TestCase("""{"type":"MAP"}""", ".type")]
    [TestCase("""{"type":7}""", ".type")]
    [TestCase("""{"type":"STRING"}""", "")]
    [TestCase("""{"type":"OBJECT","properties":{"a":{"type":"ARRAY","items":7}}}""", ".properties.a.items")]
    [TestCase("""{"type":"OBJECT","properties":{"a":{"nullable":1}}}""", ".properties.a.nullable")]
    [TestCase("""{"type":"OBJECT","properties":{"a":{"anyOf":{}}}}""", ".properties.a.anyOf")]
    [TestCase("""{"type":"OBJECT","title":"\ud83d"}""", "")]
    public void Read_ParametersThatAreNone_NameTheField(string parameters, string field) =>
        Assert.That(
            ToolRequests.Refused("gemini", Declaring(parameters)), Is.EqualTo($"tools[0].functionDeclarations[0].parameters{field}"));

    [Test]
    public void Read_BothSchemas_AreRefused() =>
        Assert.That(
            ToolRequests.Refused("gemini", Declaring("""{"type":"OBJECT"},"parametersJsonSchema":{}""")),
            Is.EqualTo("tools[0].functionDeclarations[0].parametersJsonSchema"));

    private static string Declaring(string parameters) => $$"""
        "tools":[{"functionDeclarations":[{"name":"f","parameters":{{parameters}}}]}]
        """;
}
