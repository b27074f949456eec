using System.Net;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>A form that the answer must have, the same in all dialects: what is in the work, what is refused, and who gets it.</summary>
[TestFixtureSource(typeof(ToolRequests), nameof(ToolRequests.Dialects))]
public sealed class AnswerFormatTests(string dialect)
{
    private const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""";

    private string Field => dialect switch
    {
        "chat" => "response_format",
        "responses" => "text.format",
        "anthropic" => "output_config.format",
        _ => "generationConfig.responseMimeType",
    };

    private string PathOfSchema => dialect switch
    {
        "chat" => "response_format.json_schema.schema",
        "responses" => "text.format.schema",
        "anthropic" => "output_config.format.schema",
        _ => "generationConfig.responseJsonSchema",
    };

    private string Path => dialect switch
    {
        "chat" => "chat/completions",
        "responses" => "responses",
        "anthropic" => "messages",
        _ => "google/generate",
    };

    private string Body => dialect switch
    {
        "chat" => RequestFields.Chat(Named(Asking(Schema))),
        "responses" => RequestFields.Responses(Named(Asking(Schema))),
        "anthropic" => RequestFields.Anthropic(Named(Asking(Schema))),
        _ => RequestFields.Gemini(Named(Asking(Schema))),
    };

    [TestCase("{}", "{}")]
    [TestCase(Schema, Schema)]
    [TestCase("""{ "type": ["array", "null"], "items": {"enum": ["é\u0000"]} }""",
        """{"type":["array","null"],"items":{"enum":["é\u0000"]}}""")]
    [TestCase("""{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}""", """{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}""")]
    public void Read_Schema_IsInTheWorkAsItWasSent(string schema, string expected)
    {
        var call = DialectRequest.Read(dialect, Asking(schema));

        var name = dialect is "chat" or "responses" ? "n" : string.Empty;
        Assert.That(call.Work().ResponseFormat, Is.EqualTo(new ResponseFormat { Json = true, JsonSchema = expected, Name = name }));
        Assert.That(call.Format!.Field, Is.EqualTo(Field));
        Assert.That(call.Requested.Select(asked => asked.Field), Is.SubsetOf(new[] { "max_tokens" }), "It is checked, never ignored.");
    }

    [TestCase("[]")]
    [TestCase("true")]
    [TestCase("\"{}\"")]
    [TestCase("""{"properties":[]}""")]
    [TestCase("""{"properties":{"a":"string"}}""")]
    [TestCase("""{"required":"a"}""")]
    [TestCase("""{"title":"\ud83d"}""")]
    [TestCase("""{"\ud83d":1}""")]
    public void Read_SchemaThatIsNone_NamesTheField(string schema) =>
        Assert.That(ToolRequests.Refused(dialect, Asking(schema)), Is.EqualTo(PathOfSchema));

    [Test]
    public void Read_SchemaPastItsBounds_IsRefused()
    {
        var large = $"{{\"title\":\"{new string('x', RequestBounds.SchemaBytes - 12)}\"}}";

        Assert.That(ToolRequests.Refused(dialect, Asking(Deep(RequestBounds.SchemaDepth + 1))), Is.EqualTo(PathOfSchema));
        Assert.That(ToolRequests.Refused(dialect, Asking(large.Replace("x\"", "xx\""))), Is.EqualTo(PathOfSchema));
        Assert.That(Read(Deep(RequestBounds.SchemaDepth)).JsonSchema, Is.Not.Empty);
        Assert.That(Read(large).JsonSchema, Has.Length.EqualTo(RequestBounds.SchemaBytes));
    }

    [Test]
    public void Read_SchemaWithTools_AreBothInTheWork()
    {
        var work = DialectRequest.Read(dialect, $"{ToolRequests.Tools(dialect, "{}", "f")},{Asking(Schema)}").Work();

        Assert.That((work.Tools.Single().Name, work.ResponseFormat.JsonSchema), Is.EqualTo(("f", Schema)));
    }

    [TestCase("\"x\":1", false)]
    [TestCase("\"stream\":false", false)]
    [TestCase("\"stream\":true", true)]
    public void Read_Stream_IsInTheWork(string fields, bool streamed)
    {
        var work = DialectRequest.Read(dialect, fields).Work();

        Assert.That((work.Streamed, work.ResponseFormat), Is.EqualTo((streamed, (ResponseFormat?)null)));
    }

    [Test]
    public void CheckServedBy_ACliWithoutIt_NamesTheField()
    {
        var call = DialectRequest.Read(dialect, Asking(Schema));

        var error = Assert.Throws<ApiException>(() => call.CheckServedBy(Route(RequestFeatures.Tools)))!.Error;

        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, Field)));
        Assert.That(error.Message, Does.StartWith("Structured outputs are not served by Codex CLI yet: ").And.Contain($"'{Field}'"));
        Assert.DoesNotThrow(() => call.CheckServedBy(Route(RequestFeatures.StructuredOutput)));
        Assert.DoesNotThrow(() => DialectRequest.Read(dialect, "\"x\":1").CheckServedBy(Route()));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Post_AskingForAForm_ReachesOnlyACliThatHonoursIt(bool honours)
    {
        await using var broker = await RunningBroker.StartAsync();
        var features = honours ? new[] { RequestFeatures.StructuredOutput } : [];
        var cli = new CliInfo(Frames.Cli(Providers.Claude)) { Honours = { features } };
        await using var tunnel = await broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
        var given = new TaskCompletionSource<WorkItem>(TaskCreationOptions.RunContinuationsAsynchronously);
        tunnel.Answer = item =>
        {
            given.TrySetResult(item);
            return Frames.Answer(item.WorkId, "{}");
        };

        using var response = await broker.PostAsync(Path, Body);

        Assert.That(response.StatusCode, Is.EqualTo(honours ? HttpStatusCode.OK : HttpStatusCode.BadRequest));
        if (honours)
        {
            Assert.That((await given.Task.DefaultTimeout()).ResponseFormat.JsonSchema, Is.EqualTo(Schema));
        }
        else
        {
            var error = await response.Content.ReadAsStringAsync().DefaultTimeout();
            Assert.That(error, Does.Contain("Structured outputs are not served by Claude Code yet: ").And.Contain(Field));
            Assert.That(given.Task.IsCompleted, Is.False);
        }
    }

    private static string Named(string fields) => $"\"model\":\"claude-x\",{fields}";

    private static ModelRoute Route(params string[] honours) => new("session", Providers.Codex, "model", honours);

    private string Asking(string schema) => dialect switch
    {
        "chat" => $$$"""
            "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{{{schema}}}}}
            """,
        "responses" => $$$"""
            "text":{"format":{"type":"json_schema","name":"n","schema":{{{schema}}}}}
            """,
        "anthropic" => $$$"""
            "output_config":{"format":{"type":"json_schema","schema":{{{schema}}}}}
            """,
        _ => $$"""
            "generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{{schema}}}
            """,
    };

    private ResponseFormat Read(string schema) => DialectRequest.Read(dialect, Asking(schema)).Work().ResponseFormat;

    // The schema's own object is the first level.
    private static string Deep(int levels) => $"{{\"not\":{new string('[', levels - 1)}{new string(']', levels - 1)}}}";
}
