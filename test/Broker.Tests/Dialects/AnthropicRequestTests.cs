using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class AnthropicRequestTests
{
    private const string Hello = """{"role":"user","content":"Hello"}""";

    [TestCase(""" "One." """, "One.")]
    [TestCase("""[{"type":"text","text":"One.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Two."}]""", "One.\n\nTwo.")]
    [TestCase("[]", "")]
    public void Read_System_IsInstructions(string system, string expected) =>
        Assert.That(Read(Hello, $"\"system\":{system}").Work().Instructions, Is.EqualTo(expected));

    [Test]
    public void Read_SystemMessages_JoinTheInstructions()
    {
        var item = Read($$$"""{{{Hello}}},{"role":"system","content":[{"type":"text","text":"Later."}]}""", "\"system\":\"First.\"").Work();

        Assert.That((item.Instructions, item.Messages.Count), Is.EqualTo(("First.\n\nLater.", 1)));
    }

    [Test]
    public void Read_ToolHistory_BecomesCanonicalParts()
    {
        var messages = Read($$$"""
            {{{Hello}}},{"role":"assistant","content":[{"type":"text","text":"Let me look."},
            {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Ulm"}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,
            "content":[{"type":"text","text":"no such city"}]},{"type":"text","text":"And now?"}]}
            """).Work().Messages;

        Assert.Multiple(() =>
        {
            Assert.That(
                messages[1].Parts[1].ToolCall,
                Is.EqualTo(new ToolCallPart { Id = "toolu_1", Name = "weather", ArgumentsJson = """{"city":"Ulm"}""" }));
            var result = messages[2].Parts[0].ToolResult;
            Assert.That((result.ToolCallId, result.Name, result.IsError), Is.EqualTo(("toolu_1", "weather", true)));
            Assert.That(result.Content.Select(part => part.Text.Text), Is.EqualTo(new[] { "no such city" }));
            Assert.That(messages[2].Parts[1].Text.Text, Is.EqualTo("And now?"));
        });
    }

    [Test]
    public void Read_ToolResultText_MayBeAStringOrNone()
    {
        var parts = Read($$$"""
            {{{Hello}}},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"x","input":{}},
            {"type":"tool_use","id":"b","name":"y","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"done"},{"type":"tool_result","tool_use_id":"a"}]}
            """).Work().Messages[2].Parts;

        Assert.That(parts.Select(part => (part.ToolResult.Name, string.Concat(part.ToolResult.Content.Select(text => text.Text.Text)))),
            Is.EqualTo(new[] { ("x", string.Empty), ("y", "done") }));
    }

    [Test]
    public void Read_ThinkingHistory_KeepsSignatures()
    {
        var parts = Read($$$"""
            {{{Hello}}},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},
            {"type":"redacted_thinking","data":"cipher"},{"type":"text","text":"Yes."}]},{{{Hello}}}
            """).Work().Messages[1].Parts;

        Assert.Multiple(() =>
        {
            Assert.That(parts[0].Thinking, Is.EqualTo(new ThinkingPart { Text = "hm", Signature = "sig" }));
            Assert.That(parts[1].Thinking, Is.EqualTo(new ThinkingPart { Signature = "cipher", Redacted = true }));
            Assert.That(parts[2].Text.Text, Is.EqualTo("Yes."));
        });
    }

    [Test]
    public void Read_Sampling_FillsTheItemAndIsRequested()
    {
        var call = Read(Hello, """
            "temperature":0.5,"top_p":0.9,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u"},"service_tier":"auto"
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Sampling, Is.EqualTo(new Sampling
            {
                MaxOutputTokens = 64000,
                Temperature = 0.5,
                TopP = 0.9,
                TopK = 40,
                StopSequences = { "END" },
            }));
            Assert.That(call.Requested, Is.EqualTo(new RequestedFeature[]
            {
                new("max_tokens", RequestFeatures.MaxOutputTokens),
                new("temperature", RequestFeatures.Temperature),
                new("top_p", RequestFeatures.TopP),
                new("top_k", RequestFeatures.TopK),
                new("stop_sequences", RequestFeatures.StopSequences),
            }));
        });
    }

    [TestCase(""" "thinking":{"type":"enabled","budget_tokens":2048} """, "thinking")]
    [TestCase(""" "thinking":{"type":"adaptive"} """, "thinking")]
    [TestCase(""" "thinking":{"type":"disabled"} """, "thinking")]
    [TestCase(""" "output_config":{"effort":"high"} """, "output_config.effort")]
    [TestCase(""" "output_config":{} """, "")]
    public void Read_Thinking_IsRequested(string field, string expected)
    {
        var requested = Read(Hello, field).Requested;

        RequestedFeature limit = new("max_tokens", RequestFeatures.MaxOutputTokens);
        RequestedFeature[] withThinking = [limit, new(expected, RequestFeatures.Thinking)];
        Assert.That(requested, Is.EqualTo(expected.Length == 0 ? [limit] : withThinking));
    }

    [TestCase("\"tools\":[]")]
    [TestCase("\"stop_sequences\":[]")]
    [TestCase("\"mcp_servers\":[]")]
    [TestCase("\"output_config\":{\"format\":null}")]
    public void Read_EmptyFields_AskForNothing(string field) =>
        Assert.That(Read(Hello, field).Requested.Select(asked => asked.Field), Is.EqualTo(new[] { "max_tokens" }));

    [TestCase("\"mcp_servers\":[{}]", "mcp_servers")]
    [TestCase("\"thinking\":{\"type\":\"deep\"}", "thinking.type")]
    [TestCase("\"output_config\":{\"effort\":\"deep\"}", "output_config.effort")]
    [TestCase("\"temperature\":1e999", "temperature")]
    [TestCase("\"system\":[{\"type\":\"image\"}]", "system[0].type")]
    public void Read_UnsupportedField_NamesIt(string field, string param) => AssertInvalid(Body(Hello, field), param);

    [TestCase("""{"role":"user","content":[{"type":"image","source":{}}]}""", "messages[0].content[0].source.type")]
    [TestCase("""{"role":"user","content":[{"type":"document","source":{}}]}""", "messages[0].content[0].source.type")]
    [TestCase("""{"role":"user","content":[{"type":"tool_use","id":"a","name":"x","input":{}}]}""", "messages[0].content[0].type")]
    [TestCase("""{"role":"user","content":[{"text":"Hi"}]}""", "messages[0].content[0].type")]
    [TestCase("""{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}""", "messages[0].content[0].tool_use_id")]
    [TestCase("""{"role":"user","content":""}""", "messages")]
    [TestCase("""{"role":"user","content":[]}""", "messages")]
    [TestCase("""{"role":"user"}""", "messages[0].content")]
    [TestCase("""{"role":"robot","content":"Hi"}""", "messages[0].role")]
    [TestCase("""{"content":"Hi"}""", "messages[0].role")]
    [TestCase("""{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"x","input":{}}]}""",
        "messages[1].content[0].id")]
    [TestCase("""{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"x","input":"{}"}]}""",
        "messages[1].content[0].input")]
    public void Read_BadMessage_NamesIt(string messages, string param) => AssertInvalid(Body(messages), param);

    [TestCase("{\"max_tokens\":1,\"messages\":[]}", "model")]
    [TestCase("{\"model\":\" \",\"max_tokens\":1,\"messages\":[]}", "model")]
    [TestCase("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", "max_tokens")]
    [TestCase("{\"model\":\"m\",\"max_tokens\":0,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", "max_tokens")]
    [TestCase("{\"model\":\"m\",\"max_tokens\":-1,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", "max_tokens")]
    public void Read_RequiredFieldMissing_NamesIt(string body, string param) => AssertInvalid(body, param);

    [Test]
    public void Read_EmptyTextAmongOthers_IsLeftOut()
    {
        var messages = Read($$$"""
            {{{Hello}}},{"role":"assistant","content":""},{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"Go"}]}
            """).Work().Messages;

        Assert.That(messages.Single().Parts.Select(part => part.Text.Text), Is.EqualTo(new[] { "Hello", "Go" }));
    }

    [Test]
    public void Read_WhatTheVendorsOwnToolsDid_IsPassedOverAndNamed()
    {
        var call = Read($$$"""
            {{{Hello}}},{"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},
            {"type":"web_search_tool_result","tool_use_id":"s","content":[]},
            {"type":"server_tool_use","id":"t","name":"web_search","input":{}},
            {"type":"odd\r\nx-header: y"},{"type":"text","text":"Found."}]},{{{Hello}}}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Messages[1].Parts.Single().Text.Text, Is.EqualTo("Found."));
            Assert.That(call.Requested.Select(asked => asked.Field), Is.EqualTo(new[]
            {
                "max_tokens", "messages.content.server_tool_use", "messages.content.web_search_tool_result", "messages.content",
            }));
        });
    }

    [TestCase(""" "thinking":{"type":"enabled","budget_tokens":2048} """, true, 2048, "", true)]
    [TestCase(""" "thinking":{"type":"adaptive"},"output_config":{"effort":"max"} """, true, null, "max", true)]
    [TestCase(""" "thinking":{"type":"adaptive","display":"omitted"} """, true, null, "", false)]
    [TestCase(""" "thinking":{"type":"disabled"} """, false, null, "", false)]
    [TestCase(""" "output_config":{"effort":"low"} """, true, null, "low", false)]
    public void Read_Thinking_IsInTheItem(string field, bool enabled, int? budget, string effort, bool shown)
    {
        var thinking = Read(Hello, field).Work().Thinking;

        Assert.That(
            (thinking.Enabled, thinking.HasBudgetTokens ? (int?)thinking.BudgetTokens : null, thinking.Effort, thinking.IncludeThoughts),
            Is.EqualTo((enabled, budget, effort, shown)));
    }

    [Test]
    public void Read_AnswerId_HasTheVendorsForm() => Assert.That(Read(Hello).AnswerId, Does.Match("^msg_[0-9a-f]{24}$"));

    private static void AssertInvalid(string body, string param)
    {
        var error = Assert.Throws<ApiException>(() => ReadBody(body))!.Error;
        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, param)));
        Assert.That(error.Message, Does.Contain(param), "Anthropic's body has no other place for the field's name.");
    }

    private static CompletionCall Read(string messages, string more = "\"x\":1") => ReadBody(Body(messages, more));

    private static CompletionCall ReadBody(string body)
    {
        using var document = JsonDocument.Parse(body);
        return new AnthropicDialect(new AnthropicFamily(), new FakeTimeProvider()).Read(document.RootElement, CompletionPath.None);
    }

    private static string Body(string messages, string more = "\"x\":1") =>
        $$"""{"model":"claude-opus-4-6","max_tokens":64000,"messages":[{{messages}}],{{more}}}""";
}
