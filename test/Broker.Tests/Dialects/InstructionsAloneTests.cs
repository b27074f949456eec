using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Dialects.Anthropic;
using Polydev.Broker.Dialects.Gemini;
using Polydev.Broker.Dialects.OpenAiChat;
using Polydev.Broker.Dialects.OpenAiResponses;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>System texts alone are the question at OpenAI, and no conversation at Anthropic and Google.</summary>
internal sealed class InstructionsAloneTests
{
    private static readonly IDialect Chat = new OpenAiChatDialect(TimeProvider.System);
    private static readonly IDialect Responses = new OpenAiResponsesDialect(TimeProvider.System);
    private static readonly IDialect Anthropic = new AnthropicDialect(new AnthropicFamily(), TimeProvider.System);
    private static readonly IDialect Gemini = new GeminiDialect(new GoogleFamily(), TimeProvider.System);

    private static IEnumerable<TestCaseData> Answered =>
    [
        new(Chat, """{"model":"m","messages":[{"role":"system","content":"Say hi."}]}"""),
        new(Chat, """{"model":"m","messages":[{"role":"developer","content":[{"type":"text","text":"Say hi."}]}]}"""),
        new(Chat, """{"model":"m","messages":[{"role":"system","content":"Say hi."},{"role":"user","content":""}]}"""),
        new(Responses, """{"model":"m","instructions":"Say hi."}"""),
        new(Responses, """{"model":"m","instructions":"Say hi.","input":null}"""),
        new(Responses, """{"model":"m","instructions":"Say hi.","input":[]}"""),
        new(Responses, """{"model":"m","instructions":"Say hi.","input":""}"""),
        new(Responses, """{"model":"m","input":[{"role":"developer","content":"Say hi."}]}"""),
        new(Responses, """{"model":"m","input":[{"type":"message","role":"system","content":[{"type":"input_text","text":"Say hi."}]}]}"""),
    ];

    private static IEnumerable<TestCaseData> Refused =>
    [
        new(Responses, """{"model":"m","instructions":" "}""", "input"),
        new(Responses, """{"model":"m","instructions":null}""", "input"),
        new(Chat, """{"model":"m","messages":[{"role":"system","content":""}]}""", "messages"),
        new(Anthropic, """{"model":"m","max_tokens":1,"system":"Say hi.","messages":[]}""", "messages"),
        new(Anthropic, """{"model":"m","max_tokens":1,"system":"Say hi.","messages":[{"role":"user","content":""}]}""", "messages"),
        new(Gemini, """{"systemInstruction":"Say hi.","contents":[]}""", "contents"),
        new(Gemini, """{"systemInstruction":"Say hi.","contents":[{"parts":[{"text":""}]}]}""", "contents"),
        new(Gemini, """{"systemInstruction":"Say hi."}""", "contents"),
    ];

    [TestCaseSource(nameof(Answered))]
    public void Read_InstructionsAlone_AreTheQuestion(object dialect, string body)
    {
        var work = Read(dialect, body).Work();

        Assert.That(work.Instructions, Is.Empty);
        Assert.That((work.Messages.Single().Role, work.Messages[0].Parts.Single().Text.Text), Is.EqualTo((Role.User, "Say hi.")));
    }

    [TestCaseSource(nameof(Refused))]
    public void Read_NothingToAsk_NamesTheField(object dialect, string body, string field)
    {
        var error = Assert.Throws<ApiException>(() => Read(dialect, body))!.Error;

        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, field)));
    }

    private static CompletionCall Read(object dialect, string body)
    {
        using var document = JsonDocument.Parse(body);
        return ((IDialect)dialect).Read(document.RootElement, CompletionPath.None);
    }
}
