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

        var item = CodexHistory.Items([message], CodexTools.None).Single();

        Assert.That(
            item.Content!.Select(content => content.Text ?? content.ImageUrl.ToString()),
            Is.EqualTo(new[] { "a", "data:image/png;base64,AQI=", "b" }));
    }

    [Test]
    public void Items_ToolCallAndResult_KeepTheirIdsAndOrder()
    {
        var call = new Part { ToolCall = new ToolCallPart { Id = "c1", Name = "get", ArgumentsJson = "{}" } };
        var result = new Part { ToolResult = new ToolResultPart { ToolCallId = "c1", Name = "get", Content = { Text("4"), Text("2") } } };

        var items = CodexHistory.Items([
            new Message { Role = Role.Assistant, Parts = { Text("Let me see."), call } },
            new Message { Role = Role.User, Parts = { result, Text("And now?") } }], CodexTools.None);

        Assert.That(items.Select(item => $"{item.Type} {item.Role} {item.CallId} {item.Output}"), Is.EqualTo(new[]
        {
            "message assistant  ", "function_call  c1 ", "function_call_output  c1 42", "message user  ",
        }));
    }

    [Test]
    public void Items_ResultWithAnImage_IsAListWithoutItsDocument()
    {
        var result = new ToolResultPart { ToolCallId = "c1", Content = { Text("see"), Media("image/png"), Media("application/pdf") } };

        var item = CodexHistory.Items([new Message { Role = Role.User, Parts = { new Part { ToolResult = result } } }], CodexTools.None)
            .Single();

        Assert.That(
            item.Output?.GetRawText(),
            Is.EqualTo("""[{"type":"input_text","text":"see"},{"type":"input_image","image_url":"data:image/png;base64,AQI="}]"""));
    }

    [TestCase(ToolChoiceMode.Auto, null)]
    [TestCase(ToolChoiceMode.None, null)]
    [TestCase(ToolChoiceMode.Required, "Answer with a call of one of your tools, not with text.")]
    [TestCase(ToolChoiceMode.Named, "Answer with a call of the tool client__a, not with text.")]
    public void Items_Choice_IsDemandedBehindTheConversation(ToolChoiceMode mode, string? expected)
    {
        var item = new WorkItem
        {
            Messages = { new Message { Role = Role.User, Parts = { Text("Hello") } } },
            Tools = { new ToolSpec { Name = "a" }, new ToolSpec { Name = "b" } },
            ToolChoice = new ToolChoice { Mode = mode, Name = mode == ToolChoiceMode.Named ? "a" : string.Empty },
        };

        var items = CodexHistory.Items(item.Messages, CodexTools.Of(item));

        Assert.That(
            items.Skip(1).Select(told => $"{told.Role} {told.Content![0].Text}"),
            Is.EqualTo(expected is null ? [] : new[] { $"developer {expected}" }));
    }

    [Test]
    public void Items_Document_IsRefused() =>
        Assert.That(
            () => CodexHistory.Items([new Message { Role = Role.User, Parts = { Media("application/pdf") } }], CodexTools.None),
            Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.InvalidRequest)
                .And.Message.Contains("application/pdf"));

    private static Part Text(string text) => new() { Text = new TextPart { Text = text } };

    private static Part Media(string type) => new() { Media = new MediaPart { MimeType = type, Data = ByteString.CopyFrom(1, 2) } };
}
