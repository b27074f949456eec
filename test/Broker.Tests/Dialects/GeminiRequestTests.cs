using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Tests.Dialects;

internal sealed class GeminiRequestTests
{
    private const string Hello = """{"role":"user","parts":[{"text":"Hello"}]}""";

    [TestCase(""" "Hello" """)]
    [TestCase("""["Hello"]""")]
    [TestCase("""{"parts":[{"text":"Hello"}]}""")]
    [TestCase("""{"role":"user","parts":{"text":"Hello"}}""")]
    [TestCase("""[{"role":"user","parts":[{"text":"Hel"},{"text":""},{"text":"lo"}]}]""")]
    public void Read_ContentsInAnyForm_IsTheQuestion(string contents)
    {
        var messages = ReadBody($$"""{"contents":{{contents}}}""").Work().Messages;

        Assert.That(
            (messages.Single().Role, string.Concat(messages[0].Parts.Select(part => part.Text.Text))), Is.EqualTo((Role.User, "Hello")));
    }

    [TestCase(""" "One." """, "One.")]
    [TestCase("""{"parts":[{"text":"One."},{"text":"Two."}]}""", "One.\n\nTwo.")]
    [TestCase("""{"role":"system","parts":{"text":"One."}}""", "One.")]
    [TestCase("""{"text":"One."}""", "One.")]
    [TestCase("""[{"text":"One."},"Two."]""", "One.\n\nTwo.")]
    public void Read_SystemInstruction_InAnyFormAndCase(string system, string expected) => Assert.Multiple(() =>
    {
        Assert.That(Read(Hello, $"\"systemInstruction\":{system}").Work().Instructions, Is.EqualTo(expected));
        Assert.That(Read(Hello, $"\"system_instruction\":{system}").Work().Instructions, Is.EqualTo(expected));
    });

    [Test]
    public void Read_NoModelAnywhere_IsGooglesDefault()
    {
        var call = Read(Hello);

        Assert.That((call.Model, call.Stream), Is.EqualTo((KnownModels.DefaultGemini, false)));
    }

    [Test]
    public void Read_ModelInTheBody_CountsWithoutOneInThePath() => Assert.Multiple(() =>
    {
        Assert.That(Read(Hello, "\"model\":\"o3\"").Model, Is.EqualTo("o3"));
        Assert.That(Read(Hello, "\"model\":\"o3\"", new CompletionPath { Model = "gemini-2.5-pro" }).Model, Is.EqualTo("gemini-2.5-pro"));
    });

    [TestCase(true)]
    [TestCase(false)]
    public void Read_Path_SaysHowToStream(bool events)
    {
        var call = Read(Hello, path: new CompletionPath { Model = "m", Stream = true, ServerSentEvents = events });

        Assert.That((call.Stream, call.ServerSentEvents), Is.EqualTo((true, events)));
    }

    [Test]
    public void Read_StreamInTheBody_IsEvents()
    {
        var call = Read(Hello, "\"stream\":true");

        Assert.That((call.Stream, call.ServerSentEvents), Is.EqualTo((true, true)));
    }

    [Test]
    public void Read_StreamedAnswerKeptInPieces_IsOneMessage()
    {
        var messages = Read($$$$"""
            {{{{Hello}}}},{"role":"model","parts":[{"text":"Hi "}]},{"role":"model","parts":[{"text":"there"}]},
            {"role":"model","parts":[{"text":""}]},{"role":"model","parts":[{"thoughtSignature":"c2ln"}]},{{{{Hello}}}}
            """).Work().Messages;

        Assert.That(messages.Select(message => (message.Role, message.Parts.Single().Text.Text)),
            Is.EqualTo(new[] { (Role.User, "Hello"), (Role.Assistant, "Hi there"), (Role.User, "Hello") }));
    }

    [Test]
    public void Read_CallsWithoutIds_MatchTheirResponsesByNameAndOrder()
    {
        var messages = Read($$$$"""
            {{{{Hello}}}},{"role":"model","parts":[{"functionCall":{"name":"a","args":{"n":1}},"thoughtSignature":"c2ln"},
            {"function_call":{"name":"b"}},{"functionCall":{"name":"a","args":{"n":2}}}]},
            {"role":"function","parts":[{"functionResponse":{"name":"a","response":{"output":"one"}}},
            {"function_response":{"name":"a","response":{"error":"two"}}},{"functionResponse":{"name":"b","response":{}}}]}
            """).Work().Messages;

        var calls = messages[1].Parts.Select(part => part.ToolCall).ToList();
        var results = messages[2].Parts.Select(part => part.ToolResult).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(messages[2].Role, Is.EqualTo(Role.User));
            Assert.That(
                calls.Select(call => (call.Name, call.ArgumentsJson)),
                Is.EqualTo(new[] { ("a", "{\"n\":1}"), ("b", "{}"), ("a", "{\"n\":2}") }));
            Assert.That(calls.Select(call => call.Id), Is.Unique.And.None.Empty);
            Assert.That(calls[0].Signature, Is.EqualTo(ByteString.CopyFromUtf8("sig")));
            Assert.That(results.Select(result => result.ToolCallId), Is.EqualTo(calls.Select(call => call.Id)), "In the calls' order.");
            Assert.That(results.Select(result => result.IsError), Is.EqualTo(new[] { false, false, true }));
            Assert.That(results[0].Content.Single().Text.Text, Is.EqualTo("{\"output\":\"one\"}"));
        });
    }

    [Test]
    public void Read_CallsWithIds_KeepThem()
    {
        var messages = Read($$$$"""
            {{{{Hello}}}},{"role":"model","parts":[{"functionCall":{"id":"x1","name":"a"}},{"functionCall":{"id":"x2","name":"a"}}]},
            {"role":"user","parts":[{"functionResponse":{"id":"x2","name":"a","response":{"n":2}}},
            {"functionResponse":{"id":"x1","name":"a","response":{"n":1}}}]}
            """).Work().Messages;

        Assert.That(
            messages[2].Parts.Select(part => part.ToolResult.Content.Single().Text.Text),
            Is.EqualTo(new[] { """{"n":1}""", """{"n":2}""" }));

        Assert.That(messages[2].Parts.Select(part => part.ToolResult.ToolCallId), Is.EqualTo(new[] { "x1", "x2" }));
    }

    [Test]
    public void Read_Thoughts_AreThinking()
    {
        var parts = Read($$$$"""
            {{{{Hello}}}},{"role":"model","parts":[{"text":"hm","thought":true,"thought_signature":"c2ln"},{"text":"Yes."}]},{{{{Hello}}}}
            """).Work().Messages[1].Parts;

        Assert.That((parts[0].Thinking, parts[1].Text.Text), Is.EqualTo((new ThinkingPart { Text = "hm", Signature = "c2ln" }, "Yes.")));
    }

    [TestCase("generationConfig", "maxOutputTokens", "topP", "topK", "stopSequences", "presencePenalty", "frequencyPenalty",
        "thinkingConfig")]
    [TestCase("generation_config", "max_output_tokens", "top_p", "top_k", "stop_sequences", "presence_penalty", "frequency_penalty",
        "thinking_config")]
    public void Read_GenerationConfig_FillsTheItemAndIsRequested(
        string config, string max, string topP, string topK, string stops, string presence, string frequency, string thinking)
    {
        var call = Read(Hello, $$"""
            "{{config}}":{"{{max}}":64,"temperature":1.5,"{{topP}}":0.9,"{{topK}}":40,"{{stops}}":["END"],
            "seed":-7,"{{presence}}":0.1,"{{frequency}}":-0.1,
            "{{thinking}}":{"thinkingBudget":0},"candidateCount":1,"responseMimeType":"text/plain","responseModalities":["TEXT"]},
            "safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}]
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Sampling, Is.EqualTo(new Sampling
            {
                MaxOutputTokens = 64,
                Temperature = 1.5,
                TopP = 0.9,
                TopK = 40,
                StopSequences = { "END" },
                Seed = -7,
            }));
            Assert.That(call.Requested, Is.EqualTo(new RequestedFeature[]
            {
                new($"{config}.{max}", RequestFeatures.MaxOutputTokens),
                new($"{config}.temperature", RequestFeatures.Temperature),
                new($"{config}.{topP}", RequestFeatures.TopP),
                new($"{config}.{topK}", RequestFeatures.TopK),
                new($"{config}.{stops}", RequestFeatures.StopSequences),
                new($"{config}.seed", RequestFeatures.Seed),
                new($"{config}.{presence}", string.Empty),
                new($"{config}.{frequency}", string.Empty),
                new($"{config}.{thinking}", RequestFeatures.Thinking),
                new("safetySettings", string.Empty),
            }));
        });
    }

    [TestCase(""" "thinkingConfig":{"thinkingBudget":0} """, false, 0, "", false)]
    [TestCase(""" "thinking_config":{"thinking_budget":512,"include_thoughts":true} """, true, 512, "", true)]
    [TestCase(""" "thinkingConfig":{"thinkingBudget":-1,"thinkingLevel":"HIGH"} """, true, null, "high", false)]
    public void Read_Thinking_IsInTheItem(string field, bool enabled, int? budget, string effort, bool shown)
    {
        var thinking = Read(Hello, $"\"generationConfig\":{{{field}}}").Work().Thinking;

        Assert.That(
            (thinking.Enabled, thinking.HasBudgetTokens ? (int?)thinking.BudgetTokens : null, thinking.Effort, thinking.IncludeThoughts),
            Is.EqualTo((enabled, budget, effort, shown)));
    }

    [Test]
    public void Read_WhatGooglesOwnToolsDid_IsPassedOverAndNamed()
    {
        var call = Read($$$"""
            {{{Hello}}},{"role":"model","parts":[{"executableCode":{"code":"1"}},{"codeExecutionResult":{"output":"1"}},{"text":"One."}]},
            {{{Hello}}}
            """);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Messages[1].Parts.Single().Text.Text, Is.EqualTo("One."));
            Assert.That(
                call.Requested.Select(asked => asked.Field),
                Is.EqualTo(new[] { "contents.parts.executableCode", "contents.parts.codeExecutionResult" }));
        });
    }

    [TestCase("\"tools\":[]")]
    [TestCase("\"tools\":[{}]")]
    [TestCase("\"tools\":[{\"functionDeclarations\":[]}]")]
    [TestCase("\"tools\":[{\"function_declarations\":null}]")]
    [TestCase("\"safetySettings\":[],\"generationConfig\":{\"stopSequences\":[],\"thinkingConfig\":{}}")]
    [TestCase("\"cachedContent\":\"\"")]
    public void Read_EmptyFields_AskForNothing(string field) => Assert.That(Read(Hello, field).Requested, Is.Empty);

    [TestCase("\"tools\":[{},{\"codeExecution\":{}}]", "tools[1].codeExecution")]
    [TestCase("\"cachedContent\":\"cachedContents/1\"", "cachedContent")]
    [TestCase("\"model\":\" \"", "model")]
    [TestCase("\"generationConfig\":{\"candidateCount\":2}", "generationConfig.candidateCount")]
    [TestCase("\"generationConfig\":{\"responseModalities\":[\"TEXT\",\"AUDIO\"]}", "generationConfig.responseModalities[1]")]
    [TestCase("\"generationConfig\":{\"temperature\":3}", "generationConfig.temperature")]
    [TestCase("\"generationConfig\":{\"maxOutputTokens\":0}", "generationConfig.maxOutputTokens")]
    [TestCase("\"systemInstruction\":{\"parts\":[{\"inlineData\":{}}]}", "systemInstruction.parts[0].inlineData")]
    public void Read_UnsupportedField_NamesIt(string field, string param) => AssertInvalid(Body(Hello, field), param);

    [TestCase("""{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":""}}]}""", "contents[0].parts[0].inlineData.data")]
    [TestCase("""{"role":"user","parts":[{"text":"See"},{"file_data":{}}]}""", "contents[0].parts[1].file_data.fileUri")]
    [TestCase("""{"role":"user","parts":[{"functionCall":{"name":"a"}}]}""", "contents[0].parts[0].functionCall")]
    [TestCase("""{"role":"user","parts":[{"functionResponse":{"name":"a","response":{}}}]}""",
        "contents[0].parts[0].functionResponse.name")]
    [TestCase("""{"role":"user","parts":[{}]}""", "contents[0].parts[0]")]
    [TestCase("""{"role":"user","parts":[]}""", "contents")]
    [TestCase("""{"role":"user","parts":[{"text":""}]}""", "contents")]
    [TestCase("""{"role":"user"}""", "contents[0].parts")]
    [TestCase("""{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"a"}}]}""",
        "contents[1].parts[0].functionCall.name")]
    [TestCase("""{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"a"},"thoughtSignature":"%"}]}""",
        "contents[1].parts[0].thoughtSignature")]
    public void Read_BadContent_NamesIt(string contents, string param) => AssertInvalid(Body(contents), param);

    private static void AssertInvalid(string body, string param)
    {
        var error = Assert.Throws<ApiException>(() => ReadBody(body))!.Error;
        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, param)));
        Assert.That(error.Message, Does.Contain(param));
    }

    private static CompletionCall Read(string contents, string more = "\"x\":1", CompletionPath? path = null) =>
        ReadBody(Body(contents, more), path);

    private static CompletionCall ReadBody(string body, CompletionPath? path = null)
    {
        using var document = JsonDocument.Parse(body);
        return new GeminiDialect(new GoogleFamily(), new FakeTimeProvider()).Read(document.RootElement, path ?? CompletionPath.None);
    }

    private static string Body(string contents, string more = "\"x\":1") => $$"""{"contents":[{{contents}}],{{more}}}""";
}
