using System.Text.Json.Nodes;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>Reads answers as Google's own SDK does, and fails the test where it would.</summary>
internal static class GeminiClient
{
    public static IReadOnlyList<JsonNode> Events(string stream)
    {
        var frames = SseFrame.Parse(stream);
        Assert.That(frames.Select(frame => frame.Event), Has.All.Null, "Google names no events.");
        return [.. frames.Select(frame => JsonNode.Parse(frame.Data)!)];
    }

    public static IReadOnlyList<JsonNode> Elements(string stream) => [.. JsonNode.Parse(stream)!.AsArray().Select(element => element!)];

    public static SeenAnswer ReadStream(IReadOnlyList<JsonNode> objects)
    {
        var failure = objects[^1]["error"] is null ? null : ReadError(objects[^1]);
        var answers = objects.Take(failure is null ? objects.Count : objects.Count - 1).Select(ReadAnswer).ToList();
        Assert.That(answers.SkipLast(1).Select(answer => answer.StopReason), Has.All.Null, "Only the last gives the reason.");
        var last = answers.Count == 0 ? new SeenAnswer() : answers[^1];
        return last with
        {
            Pieces = [.. answers.SelectMany(answer => answer.Pieces).Where(piece => piece.Length > 0)],
            Failure = failure,
        };
    }

    public static SeenAnswer ReadAnswer(JsonNode answer)
    {
        var candidate = answer["candidates"]!.AsArray().Single()!;
        Assert.That(((string?)candidate["content"]!["role"], (int?)candidate["index"]), Is.EqualTo(("model", 0)));
        var usage = answer["usageMetadata"];
        Assert.That(usage is null && candidate["finishReason"] is not null, Is.False, "Usage comes with the end at the latest.");
        return new SeenAnswer
        {
            Id = (string?)answer["responseId"],
            Model = (string?)answer["modelVersion"],
            Pieces = [.. candidate["content"]!["parts"]!.AsArray()
                .Where(part => part!["functionCall"] is null && (bool?)part["thought"] != true).Select(part => (string)part!["text"]!)],
            StopReason = (string?)candidate["finishReason"],
            InputTokens = (long?)usage?["promptTokenCount"],
            OutputTokens = (long?)usage?["candidatesTokenCount"] + ((long?)usage?["thoughtsTokenCount"] ?? 0),
        };
    }

    public static string ReadError(JsonNode body)
    {
        Assert.That((int)body["error"]!["code"]!, Is.InRange(400, 599));
        Assert.That((string?)body["error"]!["status"], Does.Match("^[A-Z_]+$"));
        return (string)body["error"]!["message"]!;
    }
}
