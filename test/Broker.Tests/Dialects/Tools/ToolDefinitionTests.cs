using Polydev.Broker.Conversations;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Dialects.Tools;

/// <summary>What is a tool, the same in all dialects: what comes into the work, and what is refused by the name of its field.</summary>
[TestFixtureSource(typeof(ToolRequests), nameof(ToolRequests.Dialects))]
public sealed class ToolDefinitionTests(string dialect)
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""";

    [Test]
    public void Read_Functions_AreInTheWorkAsTheyWereSent()
    {
        var work = DialectRequest.Read(dialect, ToolRequests.Tools(dialect, Schema, "get", "Bash", "a.b-c_d")).Work();

        Assert.That(work.Tools, Is.EqualTo(new[] { Spec("get"), Spec("Bash"), Spec("a.b-c_d") }));
        Assert.That(work.ToolChoice, Is.Null);
    }

    [TestCase("{}", """{"type":"object","properties":{}}""")]
    [TestCase("""{"properties":{"a":true}}""", """{"type":"object","properties":{"a":true}}""")]
    [TestCase("""{ "type": "object", "$defs": {"x": {"pattern": "é\u0000"}} }""",
        """{"type":"object","$defs":{"x":{"pattern":"é\u0000"}}}""")]
    public void Read_Schema_SaysItsType(string schema, string expected) =>
        Assert.That(
            DialectRequest.Read(dialect, ToolRequests.Tools(dialect, schema, "f")).Work().Tools.Single().InputSchemaJson,
            Is.EqualTo(expected));

    [TestCase("""{"type":"string"}""")]
    [TestCase("""{"type":["object","null"]}""")]
    [TestCase("""{"properties":[]}""")]
    [TestCase("""{"properties":{"a":"string"}}""")]
    [TestCase("""{"required":"a"}""")]
    [TestCase("""{"required":[1]}""")]
    [TestCase("[]")]
    [TestCase("\"{}\"")]
    [TestCase("""{"title":"\ud83d"}""")]
    [TestCase("""{"\ud83d":1}""")]
    public void Read_SchemaOfNoObject_IsRefused(string schema) =>
        Assert.That(
            ToolRequests.Refused(dialect, ToolRequests.Tools(dialect, schema, "f")),
            Is.EqualTo(ToolRequests.PathOf(dialect, 0, schema: true)));

    [Test]
    public void Read_SchemaPastItsBounds_IsRefused()
    {
        var path = ToolRequests.PathOf(dialect, 0, schema: true);
        var large = $"{{\"title\":\"{new string('x', RequestBounds.SchemaBytes)}\"}}";

        Assert.That(ToolRequests.Refused(dialect, ToolRequests.Tools(dialect, Deep(RequestBounds.SchemaDepth + 1), "f")), Is.EqualTo(path));
        Assert.That(ToolRequests.Refused(dialect, ToolRequests.Tools(dialect, large, "f")), Is.EqualTo(path));
        Assert.That(
            DialectRequest.Read(dialect, ToolRequests.Tools(dialect, Deep(RequestBounds.SchemaDepth), "f")).Work().Tools,
            Has.Count.EqualTo(1));
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("a b")]
    [TestCase("ä")]
    [TestCase("a/b")]
    public void Read_NameThatIsNone_IsRefused(string name) =>
        Assert.That(
            ToolRequests.Refused(dialect, ToolRequests.Tools(dialect, "{}", name)),
            Is.EqualTo(ToolRequests.PathOf(dialect, 0, schema: false)));

    [Test]
    public void Read_TwoOfOneName_AreRefused() =>
        Assert.That(
            ToolRequests.Refused(dialect, ToolRequests.Tools(dialect, "{}", "f", "g", "f")),
            Is.EqualTo(ToolRequests.PathOf(dialect, 2, schema: false)));

    [Test]
    public void Read_LongestNameAndMostTools_AreTaken()
    {
        var names = Enumerable.Range(0, RequestBounds.Tools).Select(index => $"f{index}".PadRight(RequestBounds.OfferedName, 'x')).ToList();

        var work = DialectRequest.Read(dialect, ToolRequests.Tools(dialect, "{}", names)).Work();

        Assert.That(work.Tools.Select(tool => tool.Name), Is.EqualTo(names));
        Assert.That(ToolRequests.Refused(dialect, ToolRequests.Tools(dialect, "{}", [.. names, "one"])), Is.EqualTo("tools"));
        Assert.That(
            ToolRequests.Refused(dialect, ToolRequests.Tools(dialect, "{}", names[0] + "x")),
            Is.EqualTo(ToolRequests.PathOf(dialect, 0, schema: false)));
    }

    // As deep as it says: the schema's own object is the first level.
    private static string Deep(int levels) =>
        $"{{\"properties\":{{\"a\":{{\"not\":{new string('[', levels - 3)}{new string(']', levels - 3)}}}}}}}";

    private static ToolSpec Spec(string name) => new() { Name = name, Description = "D", InputSchemaJson = Schema };
}
