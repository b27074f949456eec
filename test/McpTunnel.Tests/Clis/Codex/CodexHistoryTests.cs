using Google.Protobuf;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

internal sealed class CodexHistoryTests
{
    [Test]
    public void Items_TextAndImage_StayInOneMessageInOrder()
    {
        var message = new Message { Role = Role.User, Parts = { Text("a"), Media("image/png"), Text("b") } };

        var item = CodexHistory.Items([message]).Single();

        Assert.That(
            item.Content!.Select(content => content.Text ?? content.ImageUrl),
            Is.EqualTo(new[] { "a", "data:image/png;base64,AQI=", "b" }));
    }

    [Test]
    public void Items_ToolCallAndResult_KeepTheirIdsAndOrder()
    {
        var call = new Part { ToolCall = new ToolCallPart { Id = "c1", Name = "get", ArgumentsJson = "{}" } };
        var result = new Part { ToolResult = new ToolResultPart { ToolCallId = "c1", Name = "get", Content = { Text("4"), Text("2") } } };

        var items = CodexHistory.Items([
            new Message { Role = Role.Assistant, Parts = { Text("Let me see."), call } },
            new Message { Role = Role.User, Parts = { result, Text("And now?") } }]);

        Assert.That(items.Select(item => $"{item.Type} {item.Role} {item.CallId} {item.Output}"), Is.EqualTo(new[]
        {
            "message assistant  ", "function_call  c1 ", "function_call_output  c1 42", "message user  ",
        }));
    }

    [Test]
    public void Items_Document_IsRefused() =>
        Assert.That(
            () => CodexHistory.Items([new Message { Role = Role.User, Parts = { Media("application/pdf") } }]),
            Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.InvalidRequest)
                .And.Message.Contains("application/pdf"));

    private static Part Text(string text) => new() { Text = new TextPart { Text = text } };

    private static Part Media(string type) => new() { Media = new MediaPart { MimeType = type, Data = ByteString.CopyFrom(1, 2) } };
}
