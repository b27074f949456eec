using System.Text.Json;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>Reads chat completions as the strictest of their clients do.</summary>
internal static class OpenAiChatReader
{
    public static SeenAnswer ReadAnswer(JsonElement answer)
    {
        Assert.That(answer.GetProperty("object").GetString(), Is.EqualTo("chat.completion"));
        Assert.That(answer.GetProperty("created").GetInt64(), Is.Positive);
        Assert.That(answer.GetProperty("system_fingerprint").ValueKind, Is.EqualTo(JsonValueKind.Null));
        var choice = answer.GetProperty("choices").EnumerateArray().Single();
        Assert.That(choice.GetProperty("index").GetInt32(), Is.Zero);
        Assert.That(choice.GetProperty("logprobs").ValueKind, Is.EqualTo(JsonValueKind.Null));
        var message = choice.GetProperty("message");
        Assert.That(message.GetProperty("role").GetString(), Is.EqualTo("assistant"));
        Assert.That(message.GetProperty("refusal").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(message.GetProperty("annotations").GetArrayLength(), Is.Zero);
        var usage = answer.GetProperty("usage");
        Assert.That(
            usage.GetProperty("total_tokens").GetInt64(),
            Is.EqualTo(usage.GetProperty("prompt_tokens").GetInt64() + usage.GetProperty("completion_tokens").GetInt64()));
        return new SeenAnswer
        {
            Id = answer.GetProperty("id").GetString(),
            Model = answer.GetProperty("model").GetString(),
            Pieces = [message.GetProperty("content").GetString() ?? string.Empty],
            StopReason = choice.GetProperty("finish_reason").GetString(),
            InputTokens = usage.GetProperty("prompt_tokens").GetInt64(),
            OutputTokens = usage.GetProperty("completion_tokens").GetInt64(),
        };
    }

    public static SeenAnswer ReadStream(string stream)
    {
        var frames = SseFrame.Parse(stream);
        Assert.That(frames.Select(frame => frame.Event), Has.All.Null, "Chat chunks have no event name.");
        var done = frames[^1].Data == "[DONE]";
        var data = frames.SkipLast(done ? 1 : 0).Select(frame => JsonDocument.Parse(frame.Data).RootElement).ToList();
        string? failure = null;
        if (!done)
        {
            failure = OpenAiErrorReader.Message(data[^1]);
            data.RemoveAt(data.Count - 1);
        }

        var choices = data.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).ToList();
        var deltas = choices.Select(choice => choice.GetProperty("delta")).ToList();
        Assert.That(data, Has.All.Matches<JsonElement>(chunk => chunk.GetProperty("object").GetString() == "chat.completion.chunk"));
        Assert.That(deltas, Has.All.Matches<JsonElement>(delta => delta.TryGetProperty("content", out _)));
        Assert.That(
            deltas.Select(delta => delta.TryGetProperty("role", out _)),
            Is.EqualTo(deltas.Select((_, index) => index == 0)),
            "The role stands in the first delta alone.");
        var reasons = choices.Select(choice => choice.GetProperty("finish_reason").GetString()).OfType<string>().ToList();
        Assert.That(reasons, Has.Count.EqualTo(done ? 1 : 0));
        return new SeenAnswer
        {
            Id = data.Select(chunk => chunk.GetProperty("id").GetString()).Distinct().SingleOrDefault(),
            Model = data.Select(chunk => chunk.GetProperty("model").GetString()).Distinct().SingleOrDefault(),
            Pieces = [.. deltas.Select(delta => delta.GetProperty("content").GetString() ?? string.Empty).Where(piece => piece.Length > 0)],
            StopReason = reasons.SingleOrDefault(),
            Failure = failure,
        };
    }
}
