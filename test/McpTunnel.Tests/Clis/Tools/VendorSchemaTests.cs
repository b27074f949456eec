using Polydev.McpTunnel.Clis.Tools;

namespace Polydev.McpTunnel.Tests.Clis.Tools;

internal sealed class VendorSchemaTests
{
    [TestCase("""{"type":"string"}""", true, true)]
    [TestCase("""{"type":"integer","minimum":1}""", true, false)]
    [TestCase("""{"type":"string","minLength":1}""", false, false)]
    [TestCase("""{"type":"string","default":"x"}""", false, true)]
    [TestCase("""{"type":"array","items":{"type":["string","null"]}}""", true, true)]
    [TestCase("""{"$ref":"#"}""", true, false)]
    [TestCase("""{"$ref":"http://x/y"}""", false, false)]
    [TestCase("""{"anyOf":[{"type":"null"},{"enum":["x"]}]}""", true, true)]
    [TestCase("""{"anyOf":[{"type":"null"},{"type":"object"}]}""", false, false)]
    [TestCase("""{"oneOf":[{"type":"null"},{"enum":["x"]}]}""", false, false)]
    [TestCase("""{"const":{"b":1}}""", false, false)]
    [TestCase("true", false, false)]
    public void Takes_OfAProperty_IsEachVendorsPartOfTheLanguage(string property, bool openAi, bool anthropic) =>
        Assert.That((VendorSchema.OpenAi.Takes(Closed(property)), VendorSchema.Anthropic.Takes(Closed(property))),
            Is.EqualTo((openAi, anthropic)));

    [TestCase("""{"type":"object","properties":{"a":{"enum":[1]}},"required":[],"additionalProperties":false}""", false, true)]
    [TestCase("""{"type":"object","properties":{"a":{"enum":[1]}},"required":["a"]}""", false, false)]
    [TestCase("""{"type":"object","properties":{},"required":[],"additionalProperties":false,"anyOf":[]}""", false, false)]
    [TestCase("""{"type":"array","items":{"type":"string"}}""", false, false)]
    [TestCase("true", false, false)]
    [TestCase("", false, false)]
    public void Takes_OfTheRoot_IsAClosedObject(string schema, bool openAi, bool anthropic) =>
        Assert.That((VendorSchema.OpenAi.Takes(schema), VendorSchema.Anthropic.Takes(schema)), Is.EqualTo((openAi, anthropic)));

    [TestCase(9, true)]
    [TestCase(12, false)]
    public void Takes_OfOpenAi_IsNoDeeperThanItSays(int levels, bool takes)
    {
        var schema = """{"type":"string"}""";
        for (var level = 0; level < levels; level++)
        {
            schema = Closed(schema);
        }

        Assert.That(VendorSchema.OpenAi.Takes(schema), Is.EqualTo(takes));
    }

    private static string Closed(string property) =>
        $$"""{"type":"object","properties":{"a":{{property}}},"required":["a"],"additionalProperties":false}""";
}
