using System.Buffers;
using System.Text;
using System.Text.Json;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Tests.Dialects.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>The form of an answer in each dialect's own words.</summary>
internal sealed class AnswerFormatFieldTests
{
    private const string JsonMime = "\"responseMimeType\":\"application/json\"";

    private const string EnumMime = "\"responseMimeType\":\"text/x.enum\"";

    private static readonly ResponseFormat AnyObject = new() { Json = true };

    [TestCase("chat", "\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [TestCase("chat", "\"text\":{\"format\":{\"type\":\"json_object\"}}", "text.format")]
    [TestCase("responses", "\"text\":{\"format\":{\"type\":\"json_object\"}}", "text.format")]
    [TestCase("responses", "\"response_format\":{\"type\":\"json_object\"},\"text\":{\"format\":{\"type\":\"text\"}}", "response_format")]
    public void Read_JsonObject_IsAnyObject(string dialect, string fields, string field)
    {
        var call = DialectRequest.Read(dialect, fields);

        Assert.That((call.Work().ResponseFormat, call.Format!.Field), Is.EqualTo((AnyObject, field)));
    }

    // Cursor sends the words of the one API to the other.
    [TestCase("chat", """
        "response_format":{"type":"json_schema","json_schema":{"name":"a_B-9","description":"D","schema":{"a":1},"strict":true}}
        """, """{"a":1}""")]
    [TestCase("chat", """
        "response_format":{"type":"json_schema","json_schema":{"name":"a_B-9","description":"D","strict":false}}
        """, "")]
    [TestCase("chat", """
        "text":{"format":{"type":"json_schema","name":"a_B-9","description":"D","schema":{}}}
        """, "{}")]
    [TestCase("responses", """
        "response_format":{"type":"json_schema","name":"a_B-9","description":"D","schema":{}}
        """, "{}")]
    [TestCase("responses", """
        "text":{"format":{"type":"json_schema","json_schema":{"name":"a_B-9","description":"D"}}}
        """, "")]
    public void Read_OpenAisSchema_HasItsNameAndDescription(string dialect, string fields, string schema)
    {
        var expected = new ResponseFormat { Json = true, JsonSchema = schema, Name = "a_B-9", Description = "D" };

        Assert.That(DialectRequest.Read(dialect, fields).Work().ResponseFormat, Is.EqualTo(expected));
    }

    [Test]
    public void Read_AnthropicsBetaField_IsTheSame()
    {
        var call = DialectRequest.Read("anthropic", "\"output_format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"array\"}}");

        Assert.That(call.Work().ResponseFormat, Is.EqualTo(new ResponseFormat { Json = true, JsonSchema = "{\"type\":\"array\"}" }));
        Assert.That(call.Format!.Field, Is.EqualTo("output_format"));
    }

    [TestCase(JsonMime, "{}")]
    [TestCase("\"response_mime_type\":\"application/json\"", "{}")]
    [TestCase(JsonMime + ",\"responseSchema\":{\"type\":\"ARRAY\",\"items\":{\"type\":\"STRING\",\"nullable\":true},\"minItems\":\"1\"}",
        """{"type":"array","items":{"type":["string","null"]},"minItems":1}""")]
    [TestCase(JsonMime + ",\"response_schema\":{\"type\":\"OBJECT\",\"nullable\":true}", """{"type":["object","null"]}""")]
    [TestCase(JsonMime + ",\"responseJsonSchema\":{\"type\":\"integer\"}", """{"type":"integer"}""")]
    [TestCase(JsonMime + ",\"response_json_schema\":{\"type\":\"integer\"}", """{"type":"integer"}""")]
    [TestCase(JsonMime + ",\"responseJsonSchemaOrdered\":{\"type\":\"integer\"}", """{"type":"integer"}""")]
    [TestCase(JsonMime + ",\"response_json_schema_ordered\":{\"type\":\"integer\"}", """{"type":"integer"}""")]
    public void Read_GooglesJson_IsJsonSchema(string config, string schema) =>
        Assert.That(
            DialectRequest.Read("gemini", Config(config)).Work().ResponseFormat,
            Is.EqualTo(new ResponseFormat { Json = true, JsonSchema = schema }));

    [TestCase(EnumMime + ",\"responseSchema\":{\"type\":\"STRING\",\"enum\":[\"a\",\"b c\"]}")]
    [TestCase("\"response_mime_type\":\"text/x.enum\",\"response_json_schema\":{\"type\":\"string\",\"enum\":[\"a\",\"b c\"]}")]
    public void Read_GooglesEnum_IsAChoice(string config) =>
        Assert.That(
            DialectRequest.Read("gemini", Config(config)).Work().ResponseFormat,
            Is.EqualTo(new ResponseFormat { Choices = { "a", "b c" } }));

    [TestCase("chat", "\"response_format\":{\"type\":\"text\"},\"text\":{\"format\":null}")]
    [TestCase("responses", "\"response_format\":null,\"text\":{\"format\":{\"type\":\"text\"}}")]
    [TestCase("anthropic", "\"output_config\":{\"format\":null},\"output_format\":{\"type\":\"text\"}")]
    [TestCase("gemini", "\"generationConfig\":{\"responseMimeType\":\"text/plain\",\"responseSchema\":null}")]
    [TestCase("gemini", "\"generationConfig\":{\"responseMimeType\":\"\"}")]
    public void Read_Text_AsksForNothing(string dialect, string fields) =>
        Assert.That(DialectRequest.Read(dialect, fields).Work().ResponseFormat, Is.Null);

    [TestCase("{}", "type")]
    [TestCase("{\"type\":7}", "type")]
    [TestCase("{\"type\":\"grammar\"}", "type")]
    [TestCase("{\"type\":\"json_schema\",\"schema\":{}}", "name")]
    [TestCase("{\"type\":\"json_schema\",\"schema\":{},\"name\":\"\"}", "name")]
    [TestCase("{\"type\":\"json_schema\",\"schema\":{},\"name\":\"a b\"}", "name")]
    [TestCase("{\"type\":\"json_schema\",\"schema\":{},\"name\":\"é\"}", "name")]
    [TestCase("{\"type\":\"json_schema\",\"schema\":{},\"name\":\"a2345678901234567890123456789012345678901234567890123456789012345\"}",
        "name")]
    [TestCase("{\"type\":\"json_schema\",\"schema\":{},\"name\":\"n\",\"description\":7}", "description")]
    [TestCase("{\"type\":\"json_schema\",\"schema\":{},\"name\":\"n\",\"strict\":\"yes\"}", "strict")]
    public void Read_OpenAisFormThatIsNone_NamesTheField(string format, string field) => Assert.Multiple(() =>
    {
        Assert.That(ToolRequests.Refused("chat", $"\"response_format\":{format}"), Is.EqualTo($"response_format.{field}"));
        Assert.That(ToolRequests.Refused("responses", $"\"text\":{{\"format\":{format}}}"), Is.EqualTo($"text.format.{field}"));
    });

    [TestCase("chat", "\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema")]
    [TestCase("chat", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":[]}", "response_format.json_schema")]
    [TestCase("chat", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{}}", "response_format.json_schema.name")]
    [TestCase("chat", "\"response_format\":{\"type\":\"json_object\"},\"text\":{\"format\":{\"type\":\"json_object\"}}", "text.format")]
    [TestCase("responses", "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\"}}", "text.format.schema")]
    [TestCase("responses", "\"text\":{\"format\":{\"type\":\"json_schema\"}}", "text.format.name")]
    [TestCase("anthropic", "\"output_config\":{\"format\":{}}", "output_config.format.type")]
    [TestCase("anthropic", "\"output_config\":{\"format\":{\"type\":\"json_object\"}}", "output_config.format.type")]
    [TestCase("anthropic", "\"output_config\":{\"format\":{\"type\":\"json_schema\"}}", "output_config.format.schema")]
    [TestCase("anthropic", "\"output_format\":{\"type\":\"json_schema\"}", "output_format.schema")]
    [TestCase("anthropic", "\"output_format\":[]", "output_format")]
    [TestCase("anthropic", "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{}}},"
        + "\"output_format\":{\"type\":\"json_schema\",\"schema\":{}}", "output_format")]
    public void Read_FormThatIsNone_NamesTheField(string dialect, string fields, string field) =>
        Assert.That(ToolRequests.Refused(dialect, fields), Is.EqualTo(field));

    [TestCase("\"responseMimeType\":\"application/xml\"", "responseMimeType")]
    [TestCase("\"responseMimeType\":7", "responseMimeType")]
    [TestCase("\"responseSchema\":{}", "responseSchema")]
    [TestCase("\"responseMimeType\":\"text/plain\",\"response_json_schema\":{}", "response_json_schema")]
    [TestCase(JsonMime + ",\"responseSchema\":{},\"responseJsonSchema\":{}", "responseJsonSchema")]
    [TestCase(JsonMime + ",\"responseJsonSchema\":{},\"responseJsonSchemaOrdered\":{}", "responseJsonSchemaOrdered")]
    [TestCase(JsonMime + ",\"responseSchema\":[]", "responseSchema")]
    [TestCase(JsonMime + ",\"responseSchema\":{\"type\":\"MAP\"}", "responseSchema.type")]
    [TestCase(JsonMime + ",\"responseSchema\":{\"type\":\"ARRAY\",\"items\":{\"type\":7}}", "responseSchema.items.type")]
    [TestCase(EnumMime, "responseMimeType")]
    [TestCase(EnumMime + ",\"responseSchema\":{}", "responseSchema.type")]
    [TestCase(EnumMime + ",\"responseSchema\":{\"type\":\"INTEGER\",\"enum\":[\"1\"]}", "responseSchema.type")]
    [TestCase(EnumMime + ",\"responseSchema\":{\"type\":\"STRING\"}", "responseSchema.enum")]
    [TestCase(EnumMime + ",\"responseSchema\":{\"type\":\"STRING\",\"enum\":[]}", "responseSchema.enum")]
    [TestCase(EnumMime + ",\"responseSchema\":{\"type\":\"STRING\",\"enum\":[\"a\",\"\"]}", "responseSchema.enum[1]")]
    [TestCase(EnumMime + ",\"responseSchema\":{\"type\":\"STRING\",\"enum\":[7]}", "responseSchema.enum[0]")]
    public void Read_GooglesFormThatIsNone_NamesTheField(string config, string field) =>
        Assert.That(ToolRequests.Refused("gemini", Config(config)), Is.EqualTo($"generationConfig.{field}"));

    [TestCase("\"x\":1", """{"type":"text"}""")]
    [TestCase("\"text\":{\"format\":{\"type\":\"json_object\"}}", """{"type":"json_object"}""")]
    [TestCase("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{\"a\":1}}}",
        """{"type":"json_schema","name":"n","schema":{"a":1}}""")]
    [TestCase("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"description\":\"D\",\"schema\":{},\"strict\":true}}",
        """{"type":"json_schema","name":"n","description":"D","schema":{},"strict":true}""")]
    [TestCase("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":false}}",
        """{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":false}""")]
    public void WriteAnswer_OfResponses_EchoesTheForm(string fields, string expected)
    {
        var call = DialectRequest.Read("responses", fields);
        var output = new ArrayBufferWriter<byte>();

        new OpenAiResponsesDialect(TimeProvider.System).WriteAnswer(output, call, new Answer());

        using var response = JsonDocument.Parse(Encoding.UTF8.GetString(output.WrittenSpan));
        var text = response.RootElement.GetProperty("text");
        Assert.That(text.GetRawText(), Is.EqualTo($$"""{"format":{{expected}},"verbosity":"medium"}"""));
    }

    private static string Config(string fields) => $"\"generationConfig\":{{{fields}}}";
}
