using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Polydev.McpTunnel.Work.Answers;

namespace Polydev.McpTunnel.Tests.Work.Answers;

internal sealed class JsonSchemaCheckTests
{
    [TestCase("""{"type":"object","required":["city"],"properties":{"city":{"type":"string"}}}""", """{"city":"Oslo"}""")]
    [TestCase("""{"items":{"$ref":"#/$defs/t"},"$defs":{"t":{"oneOf":[{"type":"string"},{"type":"null"}]}}}""", "[null]")]
    [TestCase("""{"$schema":"urn:other","definitions":{"t":{"type":"integer"}},"items":{"$ref":"#/definitions/t"}}""", "[1]")]
    [TestCase("""{"properties":{"c":{"$ref":"#"},"v":{"type":"integer"}},"additionalProperties":false}""", """{"c":{"c":{"v":1}}}""")]
    [TestCase("""{"patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":false}""", """{"x-a":1}""")]
    [TestCase("""{"properties":{"mail":{"type":"string","format":"email"}}}""", """{"mail":"none"}""")]
    [TestCase("""{"properties":{"n":{"type":"integer"}}}""", """{"n":1.0}""")]
    [TestCase("""{"properties":{"s":{"minLength":1,"pattern":"a","enum":["a"]}}}""", """{"s":"\ud83d"}""")]
    public void Errors_OfWhatFits_AreNone(string schema, string value) =>
        Assert.That(JsonSchemaCheck.Of(schema)!.Errors(JsonElement.Parse(value)), Is.Empty);

    [TestCase("""{"required":["city"]}""", "{}", "", "required")]
    [TestCase("""{"properties":{"n":{"type":"integer","minimum":3}}}""", """{"n":2}""", "/n", "minimum")]
    [TestCase("""{"properties":{"a":{"items":{"pattern":"^[a-z]+$"}}}}""", """{"a":["x","Y"]}""", "/a/1", "pattern")]
    [TestCase("""{"additionalProperties":false}""", """{"b":1}""", "/b", "")]
    [TestCase("""{"properties":{"a":{"$ref":"#/$defs/t"}},"$defs":{"t":{"const":1}}}""", """{"a":2}""", "/a", "const")]
    [TestCase("""{"patternProperties":{"^x-":{"type":"integer"}}}""", """{"x-a":"1"}""", "/x-a", "type")]
    [TestCase("""{"properties":{"a":{"prefixItems":[{"type":"string"},{"type":"null"}]}}}""", """{"a":["x",1]}""", "/a/1", "type")]
    [TestCase("""{"if":{"required":["a"]},"then":{"required":["b"]}}""", """{"a":1}""", "", "required")]
    [TestCase("""{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}""", """{"b":1}""", "/b", "")]
    public void Errors_OfWhatDoesNot_NamePlaceAndWord(string schema, string value, string place, string word)
    {
        var errors = JsonSchemaCheck.Of(schema)!.Errors(JsonElement.Parse(value));

        Assert.That(errors.Select(error => (error.Place, error.Keyword)), Does.Contain((place, word)));
    }

    [TestCase("""{"type":"OBJECT"}""")]
    [TestCase("""{"properties":{"a":{"$ref":"#/$defs/none"}}}""")]
    [TestCase("""{"$ref":"http://127.0.0.1:9/schema"}""")]
    [TestCase("""{"$ref":"file:///etc/passwd"}""")]
    [TestCase("""{"$ref":"#"}""")]
    [TestCase("""{"properties":{"a":{"pattern":"("}}}""")]
    [TestCase("""{"required":"a"}""")]
    [TestCase("""{"patternProperties":{"^(a|aa)+$":{}}}""")]
    [TestCase("""{"items":[{"type":"string"}]}""")]
    public void Errors_OfWhatCannotBeReadAsASchema_AreNone(string schema) =>
        Assert.That(JsonSchemaCheck.Of(schema)?.Errors(JsonElement.Parse("""{"a":1,"aa":1}""")) ?? [], Is.Empty);

    /// <summary>None of these would end in a person's life, or end the process.</summary>
    [TestCaseSource(nameof(Endless))]
    public void Errors_OfASchemaThatTakesTooLong_AreGivenUp(string schema, string value)
    {
        var began = Stopwatch.GetTimestamp();

        Assert.That(() => JsonSchemaCheck.Of(schema)!.Errors(JsonElement.Parse(value)), Throws.TypeOf<SchemaTooCostlyException>());
        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public void Errors_AfterOneThatWasGivenUp_CountAnew()
    {
        var (endless, fair) = (JsonSchemaCheck.Of(FanOut(30, "anyOf"))!, JsonSchemaCheck.Of(FanOut(3, "anyOf"))!);

        Assert.That(() => endless.Errors(JsonElement.Parse("{}")), Throws.TypeOf<SchemaTooCostlyException>());
        Assert.That(fair.Errors(JsonElement.Parse("{}")), Is.Not.Empty);
    }

    private static IEnumerable<TestCaseData> Endless()
    {
        yield return new TestCaseData(FanOut(30, "anyOf"), "{}").SetArgDisplayNames("references that fan out, any");
        yield return new TestCaseData(FanOut(30, "oneOf"), "{}").SetArgDisplayNames("references that fan out, one");
        yield return new TestCaseData(FanOut(30, "allOf", "true"), "{}").SetArgDisplayNames("references that fan out, all");
        yield return new TestCaseData("""{"$dynamicAnchor":"a","$dynamicRef":"#a"}""", "{}").SetArgDisplayNames("a circle of names");
        yield return new TestCaseData("""{"pattern":"^(a+)+$"}""", $"\"{new string('a', 40)}!\"").SetArgDisplayNames("a pattern");
        yield return new TestCaseData(
            """{"uniqueItems":true}""", $"[{string.Join(',', Enumerable.Range(0, 20_000))}]").SetArgDisplayNames("unique items");
        yield return new TestCaseData(
            """{"properties":{"a":{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}},"required":["b"]}""", Nested(60))
            .SetArgDisplayNames("a tree, twice at each level");
    }

    private static string FanOut(int levels, string word, string end = """{"type":"string"}""")
    {
        var schema = new StringBuilder("""{"$ref":"#/$defs/d0","$defs":{""");
        for (var level = 0; level < levels; level++)
        {
            var next = $$"""{"$ref":"#/$defs/d{{level + 1}}"}""";
            schema.Append($$"""
                "d{{level}}":{"{{word}}":[{{next}},{{next}}]},
                """);
        }

        return schema.Append($"\"d{levels}\":{end}}}}}").ToString();
    }

    private static string Nested(int levels) =>
        string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "{}" + new string('}', levels);
}
