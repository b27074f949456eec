using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Conversations;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>What is true of every dialect. A dialect's own fixture derives from it and gives it the words.</summary>
internal abstract partial class DialectContract
{
    protected const string Model = "claude-opus-4-6";
    protected const string RequestId = "req_0123456789";

    protected static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private static readonly Usage SomeUsage = new() { InputTokens = 21, OutputTokens = 8, CacheReadTokens = 13, ThinkingTokens = 3 };

    protected abstract IDialect CreateDialect(TimeProvider clock);

    /// <summary>A request of one user message "Hello" to <see cref="Model"/>.</summary>
    protected abstract string Minimal { get; }

    /// <summary>The system prompt "Be brief.", then user "one", assistant "two", user "three", assistant "four", user "five".</summary>
    protected abstract string Conversation { get; }

    /// <summary>The top-level field that carries the conversation.</summary>
    protected abstract string MessagesField { get; }

    /// <summary>The vendor answers system texts without a message.</summary>
    protected virtual bool AnswersInstructionsAlone => true;

    /// <summary>The vendor goes on from an assistant's last message.</summary>
    protected virtual bool ContinuesTheAssistant => false;

    /// <summary>Optional top-level fields that a client may send as null.</summary>
    protected abstract IReadOnlyList<string> NullableFields { get; }

    /// <summary>The fields of <see cref="Minimal"/> that ask for a feature.</summary>
    protected virtual IReadOnlyList<string> AlwaysAsked => [];

    /// <summary>Bodies with one field of a wrong type, by the path that the error names.</summary>
    protected abstract IReadOnlyDictionary<string, string> WrongTypes { get; }

    /// <summary>The dialect's word for an answer that ended by itself.</summary>
    protected abstract string EndReason { get; }

    /// <summary>The dialect's word for an answer cut at the token limit.</summary>
    protected abstract string LengthReason { get; }

    /// <summary>Reads a whole answer as a client does; fails the test where the shape is not the dialect's.</summary>
    protected abstract SeenAnswer ReadAnswer(JsonElement answer);

    /// <summary>Reads a streamed answer as a client does; fails the test where the shape is not the dialect's.</summary>
    protected abstract SeenAnswer ReadStream(string stream);

    /// <summary>The message of an error body; fails the test where the shape is not the family's.</summary>
    protected abstract string ReadError(JsonElement body);

    /// <summary>The address of the call, where it carries the model or the stream.</summary>
    protected virtual CompletionPath PathOf(bool stream) => CompletionPath.None;

    /// <summary>Asks for a stream in the body, where the dialect asks there.</summary>
    protected virtual void AskForStream(JsonObject body) => body["stream"] = true;

    protected IDialect Dialect => CreateDialect(new FakeTimeProvider(Now));

    [Test]
    public void Read_Minimal_GivesModelAndMessage()
    {
        var call = Read(Minimal);

        Assert.Multiple(() =>
        {
            Assert.That(call.Model, Is.EqualTo(Model));
            Assert.That(Turns(call), Is.EqualTo(new[] { "User: Hello" }));
            Assert.That(call.Work().Instructions, Is.Empty);
            Assert.That(call.Stream, Is.False);
            Assert.That(call.CreatedAt, Is.EqualTo(Now));
            Assert.That(call.Requested.Select(asked => asked.Field), Is.EqualTo(AlwaysAsked));
        });
    }

    [Test]
    public void Read_Conversation_KeepsRolesAndOrder()
    {
        var call = Read(Conversation);

        Assert.Multiple(() =>
        {
            Assert.That(call.Work().Instructions, Is.EqualTo("Be brief."));
            Assert.That(Turns(call), Is.EqualTo(new[] { "User: one", "Assistant: two", "User: three", "Assistant: four", "User: five" }));
        });
    }

    [Test]
    public void ToWork_Route_IsNamedInTheItem()
    {
        var call = Read(Conversation);

        var work = call.ToWork("req_7", new ModelRoute("session", "claude", "opus", []));

        Assert.Multiple(() =>
        {
            Assert.That((work.WorkId, work.Provider, work.Model), Is.EqualTo(("req_7", "claude", "opus")));
            Assert.That(work.Instructions, Is.EqualTo("Be brief."));
            Assert.That(work.Messages, Has.Count.EqualTo(5));
        });
    }

    [Test]
    public void Read_StreamAsked_Streams()
    {
        var body = JsonNode.Parse(Minimal)!.AsObject();
        AskForStream(body);

        Assert.That(Read(body.ToJsonString(), stream: true).Stream, Is.True);
    }

    [Test]
    public void Read_UnknownFields_AreIgnored()
    {
        var body = JsonNode.Parse(Conversation)!.AsObject();
        body["x_unheard_of"] = new JsonObject { ["deep"] = new JsonArray(1, "two", null) };
        foreach (var message in body[MessagesField]!.AsArray())
        {
            message!["x_unheard_of"] = true;
        }

        Assert.That(Read(body.ToJsonString()).Work(), Is.EqualTo(Read(Conversation).Work()));
    }

    [Test]
    public void Read_ExplicitNulls_AreAbsent()
    {
        var body = JsonNode.Parse(Minimal)!.AsObject();
        foreach (var field in NullableFields)
        {
            body[field] = null;
        }

        Assert.That(Read(body.ToJsonString()).Work(), Is.EqualTo(Read(Minimal).Work()));
    }

    [Test]
    public void Read_WithoutMessages_NamesTheField()
    {
        var body = JsonNode.Parse(Minimal)!.AsObject();
        body.Remove(MessagesField);

        AssertInvalid(body.ToJsonString(), MessagesField);
    }

    [Test]
    public void Read_NoMessageInTheList_NamesTheField()
    {
        var body = JsonNode.Parse(Minimal)!.AsObject();
        body[MessagesField] = new JsonArray();

        AssertInvalid(body.ToJsonString(), MessagesField);
    }

    [Test]
    public void Read_WrongTypes_NameTheField()
    {
        Assert.That(WrongTypes, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var (field, body) in WrongTypes)
            {
                AssertInvalid(body, field);
            }
        });
    }

    /// <summary>OpenAI answers behind an assistant's message, Google and older Claude models go on from it.</summary>
    [Test]
    public void Read_HistoryEndsWithTheAssistant_IsAskedOn()
    {
        var body = JsonNode.Parse(Conversation)!.AsObject();
        body[MessagesField]!.AsArray().RemoveAt(body[MessagesField]!.AsArray().Count - 1);
        if (body.ContainsKey("model"))
        {
            body["model"] = "claude-haiku-4-5-20251001";
        }

        var call = Read(body.ToJsonString());
        var question = new Prefill(MessagesField, ContinuesTheAssistant ? "four" : null).Question;
        Assert.That(
            Turns(call), Is.EqualTo(new[] { "User: one", "Assistant: two", "User: three", "Assistant: four", $"User: {question}" }));
        Assert.That(call.Begun, Is.EqualTo(ContinuesTheAssistant ? "four" : null));
        Assert.That(call.AlteredBy(new ModelRoute("session", "codex", "m", [])), Is.EqualTo(MessagesField));
    }

    [Test]
    public void Read_SystemAlone_IsAskedAsTheUsersOrRefusedAsTheVendorDoes()
    {
        var body = JsonNode.Parse(Conversation)!.AsObject();
        var messages = body[MessagesField]!.AsArray();
        while (messages.Count > 0 && (string?)messages[^1]!["role"] != "system")
        {
            messages.RemoveAt(messages.Count - 1);
        }

        if (!AnswersInstructionsAlone)
        {
            AssertInvalid(body.ToJsonString(), MessagesField);
            return;
        }

        var work = Read(body.ToJsonString()).Work();
        Assert.That((work.Instructions, work.Messages.Single().Parts.Single().Text.Text), Is.EqualTo((string.Empty, "Be brief.")));
    }

    [TestCase("[]")]
    [TestCase("\"text\"")]
    [TestCase("null")]
    public void Read_BodyIsNoObject_IsInvalid(string body) => AssertInvalid(body, "body");

    [Test]
    public void Read_HalfSurrogate_IsInvalid()
    {
        AssertInvalid(Minimal.Insert(1, "\"\\ud83d\":1,"), "body");
        var error = Assert.Throws<ApiException>(() => Read(Minimal.Replace("Hello", "\\ud83d", StringComparison.Ordinal)))!.Error;
        Assert.That(error.Param, Does.StartWith(MessagesField));
    }

    [Test]
    public void Read_ControlCharacters_AreKept() =>
        Assert.That(
            Turns(Read(Minimal.Replace("Hello", "a\\u0000\\u001b[31m\\u007f\\ufeffb", StringComparison.Ordinal))),
            Is.EqualTo(new[] { "User: a\0\u001b[31m\u007f\ufeffb" }));

    [Test]
    public void Read_Twice_GivesEachAnswerItsOwnId()
    {
        var first = Read(Minimal).AnswerId;
        var second = Read(Minimal).AnswerId;

        Assert.That(first, Is.Not.Empty.And.Not.EqualTo(second));
    }

    protected CompletionCall Read(string body, bool stream = false)
    {
        using var document = JsonDocument.Parse(body);
        return Dialect.Read(document.RootElement, PathOf(stream));
    }

    protected CompletionCall ReadStreamed(string body)
    {
        var asked = JsonNode.Parse(body)!.AsObject();
        AskForStream(asked);
        return Read(asked.ToJsonString(), stream: true);
    }

    /// <summary>The body is refused with a 400 that names the field.</summary>
    protected ApiError AssertInvalid(string body, string field)
    {
        var error = Assert.Throws<ApiException>(() => Read(body), $"{field}: {body}")!.Error;
        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, field)), error.Message);
        Assert.That(error.Message, Is.Not.Empty);
        return error;
    }

    protected JsonElement WholeAnswer(CompletionCall call, IEnumerable<WorkEvent> events)
    {
        var answer = new Answer();
        foreach (var next in events)
        {
            answer.Add(next);
        }

        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteAnswer(output, call, answer);
        return Json(output);
    }

    protected string Streamed(CompletionCall call, IEnumerable<WorkEvent> events)
    {
        var output = new ArrayBufferWriter<byte>();
        var stream = Dialect.OpenStream(output, call);
        foreach (var next in events)
        {
            stream.Write(next);
        }

        return Text(output);
    }

    /// <summary>Text deltas, usage and an end of turn, as an adapter sends them after Started.</summary>
    protected static List<WorkEvent> Events(params string[] texts) => Events(StopReason.EndTurn, texts);

    protected static List<WorkEvent> Events(StopReason reason, params string[] texts) =>
        [.. texts.Select(WorkEvents.Text), new WorkEvent { Usage = SomeUsage }, WorkEvents.Finished(reason)];

    protected static IEnumerable<string> Turns(CompletionCall call) =>
        call.Work().Messages.Select(message => $"{message.Role}: {string.Concat(message.Parts.Select(part => part.Text.Text))}");

    protected static string Text(ArrayBufferWriter<byte> output) => Encoding.UTF8.GetString(output.WrittenSpan);

    protected static JsonElement Json(ArrayBufferWriter<byte> output)
    {
        using var document = JsonDocument.Parse(output.WrittenMemory);
        return document.RootElement.Clone();
    }
}
