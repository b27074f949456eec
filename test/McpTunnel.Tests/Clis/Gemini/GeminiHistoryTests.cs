using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiHistoryTests
{
    private static readonly Guid Session = Guid.Parse("0d633f0b-0000-4000-8000-000000000000");

    [Test]
    public void Write_Conversation_IsAHeadAndAMessageALine()
    {
        var lines = Write(GeminiRig.Ask("q", "a", "q2"));

        Assert.That(lines[0].GetProperty("sessionId").GetString(), Is.EqualTo(Session.ToString()));
        Assert.That(lines.Skip(1).Select(line => line.GetProperty("type").GetString()), Is.EqualTo(["user", "gemini", "user"]));
        Assert.That(lines[1].GetProperty("id").GetString(), Is.EqualTo("d04923d38bb0f6017037e74183378ef4"));
        Assert.That(lines.Skip(1).Select(line => line.GetProperty("id").GetString()), Is.Unique);
    }

    [Test]
    public void Write_AssistantFirst_PutsAnInvisibleTurnBefore()
    {
        var lines = Write(
            new WorkItem
            {
                Messages = { CliRig.Message(Role.Assistant, CliRig.Text("Welcome.")), CliRig.Message(Role.User, CliRig.Text("Hi.")) },
            });

        Assert.That(lines.Skip(1).Select(line => line.GetProperty("type").GetString()), Is.EqualTo(["user", "gemini", "user"]));
        Assert.That(Texts(lines[1]), Is.EqualTo([GeminiGuard.Text]));
    }

    [Test]
    public async Task Write_ManyResultsAtTheEnd_AreWrittenAtOnceAndNotTheLastMessage()
    {
        // A search through them all for each would take minutes.
        var calls = Enumerable.Range(0, 150_000)
            .Select(index => new ToolCallPart { Id = $"c{index}", Name = "f", ArgumentsJson = "{}" })
            .ToList();
        var results = calls.Select(call => new Part { ToolResult = new ToolResultPart { ToolCallId = call.Id, Name = "f" } });
        var item = new WorkItem
        {
            Messages =
            {
                new Message { Role = Role.Assistant, Parts = { calls.Select(call => new Part { ToolCall = call }) } },
                new Message { Role = Role.User, Parts = { results } },
            },
        };

        var lines = await Task.Run(() => Write(item)).DefaultTimeout();

        // Behind results that end a history the CLI would put words of its own; a thought it takes out again.
        Assert.That(lines[^2].GetProperty("content").GetArrayLength(), Is.EqualTo(calls.Count));
        Assert.That(lines[^1].GetProperty("type").GetString(), Is.EqualTo("user"));
        Assert.That(lines[^1].GetProperty("content").GetRawText(), Is.EqualTo("""[{"text":".","thought":true}]"""));
    }

    // What JavaScript's trim() takes is another white space than .NET's. A user's blank message is guarded, and so not blank any more.
    [TestCase(Role.Assistant, "hello", 1)]
    [TestCase(Role.Assistant, "", 0)]
    [TestCase(Role.Assistant, " \t\r\n\u00a0\u2028\u3000", 0)]
    [TestCase(Role.Assistant, "\ufeff", 0)]
    [TestCase(Role.Assistant, "\u0085", 1)]
    [TestCase(Role.Assistant, "\u200b", 1)]
    [TestCase(Role.User, " ", 1)]
    public void Write_Text_IsCountedWhereTheCliReplaysIt(Role role, string text, int replayed)
    {
        var item = GeminiRig.Ask("question");
        item.Messages.Insert(0, CliRig.Message(Role.User, CliRig.Text("before")));
        item.Messages.Insert(1, CliRig.Message(role, CliRig.Text(text)));

        Assert.That(WriteAll(item).Replayed, Is.EqualTo(2 + replayed));
    }

    [TestCase("hello", false)]
    [TestCase("it costs $5 / hour?", false)]
    [TestCase("/init", true)]
    [TestCase("  \n?x", true)]
    [TestCase("\ufeff/x", true)]
    [TestCase("<session_context>", true)]
    [TestCase("   ", true)]
    public void Write_UserText_IsGuardedOnlyWhereItWouldBeLost(string text, bool guarded) =>
        Assert.That(Texts(Write(GeminiRig.Ask(text))[1]), Is.EqualTo(guarded ? (string[])[GeminiGuard.Text, text] : [text]));

    [Test]
    public void Write_BlankPartBeforeACommand_IsGuarded()
    {
        var item = new WorkItem { Messages = { CliRig.Message(Role.User, CliRig.Text(" "), CliRig.Text("/init")) } };

        Assert.That(Texts(Write(item)[1])[0], Is.EqualTo(GeminiGuard.Text));
    }

    [Test]
    public void Write_ImageAndSignature_AreBase64()
    {
        var item = GeminiRig.Ask("look", "calling");
        item.Messages[0].Parts.Add(new Part { Media = new MediaPart { MimeType = "image/png", Data = ByteString.CopyFrom(1, 2, 3) } });
        item.Messages[1].Parts.Add(
            new Part
            {
                ToolCall = new ToolCallPart { Id = "c1", Name = "f", ArgumentsJson = "{}", Signature = ByteString.CopyFromUtf8("sig") },
            });

        var lines = Write(item);

        Assert.That(
            lines[1].GetProperty("content")[1].GetProperty("inlineData").GetProperty("data").GetBytesFromBase64(), Is.EqualTo([1, 2, 3]));
        Assert.That(lines[2].GetProperty("content")[1].GetProperty("thoughtSignature").GetBytesFromBase64(), Is.EqualTo("sig"u8.ToArray()));
    }

    private static List<JsonElement> Write(WorkItem item) =>
        [.. Encoding.UTF8.GetString(WriteAll(item).Lines.Span)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    private static (ReadOnlyMemory<byte> Lines, int Replayed) WriteAll(WorkItem item) =>
        GeminiHistory.Write(item, CallerTools.None, Session, DateTimeOffset.UnixEpoch);

    private static List<string?> Texts(JsonElement line) =>
        [.. line.GetProperty("content").EnumerateArray().Select(part => part.GetProperty("text").GetString())];
}
