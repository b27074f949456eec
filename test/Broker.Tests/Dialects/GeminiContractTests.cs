using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Gemini;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>Google's dialect, streamed as server-sent events and as a JSON array.</summary>
[TestFixture(true)]
[TestFixture(false)]
internal sealed class GeminiContractTests(bool serverSentEvents) : DialectContract
{
    protected override string Minimal => """{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}""";

    protected override string Conversation => """
        {"systemInstruction":{"role":"user","parts":[{"text":"Be brief."}]},"contents":[
        {"role":"user","parts":[{"text":"one"}]},{"role":"model","parts":[{"text":"two"}]},{"role":"user","parts":[{"text":"three"}]},
        {"role":"model","parts":[{"text":"four"}]},{"parts":[{"text":"five"}]}],"safetySettings":[]}
        """;

    protected override string MessagesField => "contents";

    protected override bool AnswersInstructionsAlone => false;

    protected override bool ContinuesTheAssistant => true;

    protected override IReadOnlyList<string> NullableFields { get; } =
    [
        "model", "systemInstruction", "system_instruction", "generationConfig", "generation_config", "safetySettings", "tools",
        "toolConfig",
        "cachedContent",
    ];

    protected override IReadOnlyDictionary<string, string> WrongTypes { get; } = new Dictionary<string, string>
    {
        ["contents"] = """{"contents":7}""",
        ["contents[0]"] = """{"contents":[7]}""",
        ["contents[0].parts"] = """{"contents":[{"role":"user","parts":7}]}""",
        ["contents[0].parts[0]"] = """{"contents":[{"role":"user","parts":[7]}]}""",
        ["contents[0].parts[0].text"] = """{"contents":[{"role":"user","parts":[{"text":7}]}]}""",
        ["contents[0].role"] = """{"contents":[{"role":"robot","parts":[{"text":"Hi"}]}]}""",
        ["systemInstruction"] = """{"contents":"Hi","systemInstruction":7}""",
        ["system_instruction.parts[0].text"] = """{"contents":"Hi","system_instruction":{"parts":[{"text":7}]}}""",
        ["generationConfig"] = """{"contents":"Hi","generationConfig":[]}""",
        ["generationConfig.temperature"] = """{"contents":"Hi","generationConfig":{"temperature":"hot"}}""",
        ["generation_config.max_output_tokens"] = """{"contents":"Hi","generation_config":{"max_output_tokens":-1}}""",
        ["generationConfig.stopSequences"] = """{"contents":"Hi","generationConfig":{"stopSequences":"END"}}""",
        ["safetySettings"] = """{"contents":"Hi","safetySettings":{}}""",
        ["tools"] = """{"contents":"Hi","tools":{}}""",
    };

    protected override string EndReason => "STOP";

    protected override string LengthReason => "MAX_TOKENS";

    protected override IDialect CreateDialect(TimeProvider clock) => new GeminiDialect(new GoogleFamily(), clock);

    protected override CompletionPath PathOf(bool stream) => new() { Model = Model, Stream = stream, ServerSentEvents = serverSentEvents };

    protected override void AskForStream(JsonObject body) => Assert.That(body.ContainsKey("stream"), Is.False, "The path asks.");

    protected override SeenAnswer ReadAnswer(JsonElement answer) => GeminiClient.ReadAnswer(JsonNode.Parse(answer.GetRawText())!);

    protected override SeenAnswer ReadStream(string stream) =>
        GeminiClient.ReadStream(serverSentEvents ? GeminiClient.Events(stream) : GeminiClient.Elements(stream));

    protected override string ReadError(JsonElement body) => GeminiClient.ReadError(JsonNode.Parse(body.GetRawText())!);
}
