using System.Text.Json;
using System.Text.Json.Nodes;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>Reads a streamed message as Anthropic's own SDKs do, and fails the test where they would.</summary>
internal static class AnthropicClient
{
    public static SeenAnswer Read(string stream)
    {
        JsonNode? message = null;
        JsonNode? end = null;
        string? failure = null;
        var stopped = false;
        var pieces = new List<string>();
        foreach (var frame in SseFrame.Parse(stream))
        {
            Assert.That(failure is null && !stopped, "Nothing may follow the end.");
            var data = JsonNode.Parse(frame.Data)!;
            Assert.That((string?)data["type"], Is.EqualTo(frame.Event), "The event's name stands in both places.");
            switch (frame.Event)
            {
                case "ping":
                    break;
                case "error":
                    failure = ReadError(JsonSerializer.SerializeToElement(data));
                    break;
                case "message_start":
                    Assert.That(message, Is.Null);
                    message = data["message"];
                    Assert.That((int?)message!["usage"]!["input_tokens"], Is.Not.Null);
                    break;
                case "message_delta":
                    end = data;
                    break;
                case "message_stop":
                    stopped = true;
                    break;
                default:
                    ReadBlock(message, frame.Event, data, pieces);
                    break;
            }
        }

        Assert.That(stopped || failure is not null, "A stream ends with message_stop or an error.");
        return new SeenAnswer
        {
            Id = (string?)message?["id"],
            Model = (string?)message?["model"],
            Pieces = pieces,
            StopReason = (string?)end?["delta"]!["stop_reason"],
            OutputTokens = (long?)end?["usage"]!["output_tokens"],
            Failure = failure,
        };
    }

    /// <summary>The content blocks of a streamed message: texts, and inputs joined from their deltas.</summary>
    public static IReadOnlyList<JsonNode> Blocks(string stream)
    {
        var message = JsonNode.Parse("""{"content":[]}""");
        foreach (var frame in SseFrame.Parse(stream).Where(frame => frame.Event!.StartsWith("content_block", StringComparison.Ordinal)))
        {
            ReadBlock(message, frame.Event, JsonNode.Parse(frame.Data)!, []);
        }

        return [.. message!["content"]!.AsArray().Select(block => block!)];
    }

    public static string ReadError(JsonElement body)
    {
        Assert.That(body.GetProperty("type").GetString(), Is.EqualTo("error"));
        Assert.That(body.GetProperty("request_id").GetString(), Does.StartWith("req_"));
        Assert.That(body.GetProperty("error").GetProperty("type").GetString(), Is.Not.Empty);
        return body.GetProperty("error").GetProperty("message").GetString()!;
    }

    // Blocks never overlap: a delta belongs to the last one, which is open.
    private static void ReadBlock(JsonNode? message, string? name, JsonNode data, List<string> pieces)
    {
        Assert.That(message, Is.Not.Null, $"{name} before message_start");
        var content = message!["content"]!.AsArray();
        var isOpen = content.Count > 0 && content[^1]!["stopped"] is null;
        if (name == "content_block_start")
        {
            Assert.That(isOpen, Is.False, "The block before is still open.");
            Assert.That((int)data["index"]!, Is.EqualTo(content.Count));
            content.Add(data["content_block"]!.DeepClone());
            return;
        }

        Assert.That(isOpen, Is.True, name);
        Assert.That((int)data["index"]!, Is.EqualTo(content.Count - 1));
        var block = content[^1]!;
        switch ((name, (string?)data["delta"]?["type"]))
        {
            case ("content_block_stop", _):
                block["stopped"] = true;
                break;
            case ("content_block_delta", "text_delta"):
                pieces.Add((string)data["delta"]!["text"]!);
                block["text"] = (string)block["text"]! + (string)data["delta"]!["text"]!;
                break;
            case ("content_block_delta", "thinking_delta"):
                block["thinking"] = (string)block["thinking"]! + (string)data["delta"]!["thinking"]!;
                break;
            case ("content_block_delta", "signature_delta"):
                block["signature"] = (string)data["delta"]!["signature"]!;
                break;
            case ("content_block_delta", "input_json_delta"):
                block["partial"] = (string?)block["partial"] + (string)data["delta"]!["partial_json"]!;
                break;
            default:
                Assert.Fail($"An unknown event: {name} {data.ToJsonString()}");
                break;
        }
    }
}
