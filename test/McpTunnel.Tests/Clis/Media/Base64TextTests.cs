using System.Text.Json;
using Google.Protobuf;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Media;

namespace Polydev.McpTunnel.Tests.Clis.Media;

internal sealed class Base64TextTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(12_287)]
    [TestCase(12_288)]
    [TestCase(12_289)]
    [TestCase(100_000)]
    public void Write_BytesOfAnySize_IsTheirBase64(int size)
    {
        var data = new byte[size];
        for (var index = 0; index < size; index++)
        {
            data[index] = (byte)(index * 251 >> 3);
        }

        var url = Base64Text.DataUrl("image/png", ByteString.CopyFrom(data));
        var source = new ClaudeProtocol.MediaSource("image/png", new Base64Text(ByteString.CopyFrom(data)));

        var codex = Written(url);
        var claude = JsonSerializer.SerializeToElement(
            new ClaudeProtocol.ContentBlock("image") { Source = source }, ClaudeJson.Default.ContentBlock);
        Assert.That(codex, Is.EqualTo($"data:image/png;base64,{Convert.ToBase64String(data)}"));
        Assert.That(claude.GetProperty("source").GetProperty("data").GetBytesFromBase64(), Is.EqualTo(data));
    }

    /// <summary>The type is the caller's word: it ends no text.</summary>
    [Test]
    public void Write_ATypeWithAQuote_StaysInTheText() => Assert.That(
        Written(Base64Text.DataUrl("image/\"png\n", ByteString.CopyFromUtf8("x"))), Is.EqualTo("data:image/\"png\n;base64,eA=="));

    private static string? Written(Base64Text url)
    {
        var content = new CodexProtocol.Content { Type = "input_image", ImageUrl = url };
        return JsonSerializer.SerializeToElement([content], CodexJson.Default.IReadOnlyListContent)[0].GetProperty("image_url").GetString();
    }
}
