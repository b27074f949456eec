using System.Text.Json;
using Google.Protobuf;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

internal sealed class ClaudeHistoryTests
{
    private const string Guard = """{"type":"text","text":""}""";
    private const string Rest = "\"parent_tool_use_id\":null,\"session_id\":\"\"}";

    [Test]
    public void Lines_Conversation_HasRolesIdsAndGuards()
    {
        var lines = Write(ClaudeRig.Conversation("System.", "u1", "a1", "u2"));

        Assert.That(lines, Is.EqualTo(new[]
        {
            """{"type":"user","message":{"role":"user","content":"""
                + """[{"type":"text","text":"u1"},GUARD]},"parent_tool_use_id":null,"session_id":"","shouldQuery":false}""",
            """{"type":"assistant","message":{"role":"assistant","content":"""
                + """[{"type":"text","text":"a1"}],"id":"msg_history_1","type":"message","model":"MODEL"}"""
                + """,REST""",
            """{"type":"user","message":{"role":"user","content":"""
                + """[{"type":"text","text":"u2"},GUARD]},"parent_tool_use_id":null,"session_id":""}""",
        }.Select(line => line.Replace("GUARD", Guard).Replace("MODEL", ClaudeRig.Model).Replace("REST", Rest))));
    }

    [Test]
    public void Lines_EveryKindOfPart_IsTheVendorsBlock()
    {
        var item = ClaudeRig.Ask("see");
        item.Messages.Add(new Message
        {
            Role = Role.Assistant,
            Parts =
            {
                new Part { Thinking = new ThinkingPart { Text = "unsigned" } },
                new Part { Thinking = new ThinkingPart { Text = "hm", Signature = "SIG" } },
                new Part { Thinking = new ThinkingPart { Signature = "DATA", Redacted = true } },
                new Part { ToolCall = new ToolCallPart { Id = "c1", Name = "f", ArgumentsJson = """{"a":[1]}""" } },
                new Part { ToolCall = new ToolCallPart { Id = "c2", Name = "g", ArgumentsJson = "{}" } },
            },
        });
        item.Messages.Add(new Message
        {
            Role = Role.User,
            Parts =
            {
                new Part { ToolResult = new ToolResultPart { ToolCallId = "c1", IsError = true, Content = { CliRig.Text("no") } } },
                new Part { Media = new MediaPart { MimeType = "image/png", Data = ByteString.CopyFrom(1, 2) } },
                new Part { Media = new MediaPart { MimeType = "application/pdf", Data = ByteString.CopyFrom(3), Title = "t" } },
                CliRig.Text("go"),
            },
        });

        var lines = Write(item);

        Assert.Multiple(() =>
        {
            Assert.That(lines[1], Does.Contain(
                """[{"type":"thinking","thinking":"hm","signature":"SIG"},{"type":"redacted_thinking","data":"DATA"},"""
                    + """{"type":"tool_use","id":"c1","name":"f","input":{"a":[1]}},"""
                        + """{"type":"tool_use","id":"c2","name":"g","input":{}}]"""));
            Assert.That(lines[2], Does.Contain(
                """[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"no"}],"is_error":true},"""
                    + """{"type":"image","source":{"media_type":"image/png","data":"AQI=","type":"base64"}},{"type":"document","source":"""
                        + """{"media_type":"application/pdf","data":"Aw==","type":"base64"},"title":"t"},{"type":"text","text":"go"}"""));
        });
    }

    [Test]
    public void Lines_TextOfAnyKind_StaysOnOneLine()
    {
        var line = Write(ClaudeRig.Ask("a\nb\r\u2028\u2029\u0085c")).Single();

        Assert.That(line.Any(character => char.IsControl(character) || character is '\u2028' or '\u2029'), Is.False);
        Assert.That(
            JsonElement.Parse(line).GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString(),
            Is.EqualTo("a\nb\r\u2028\u2029\u0085c"));
    }

    private static List<string> Write(WorkItem item) =>
        [.. ClaudeHistory.Lines(item, CallerTools.None)
            .Select(line => JsonSerializer.Serialize(line, ClaudeJson.Default.ConversationLine))];
}
