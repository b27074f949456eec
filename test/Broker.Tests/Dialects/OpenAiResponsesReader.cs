using System.Text.Json;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>Reads Responses as strictly as OpenAI's SDKs do: their order of events, ids and indexes.</summary>
internal static class OpenAiResponsesReader
{
    public static SeenAnswer ReadAnswer(JsonElement response)
    {
        AssertResponse(response);
        var usage = response.GetProperty("usage");
        Assert.That(
            usage.GetProperty("total_tokens").GetInt64(),
            Is.EqualTo(usage.GetProperty("input_tokens").GetInt64() + usage.GetProperty("output_tokens").GetInt64()));
        return new SeenAnswer
        {
            Id = response.GetProperty("id").GetString(),
            Model = response.GetProperty("model").GetString(),
            Pieces = [TextOf(response)],
            StopReason = ReasonOf(response),
            InputTokens = usage.GetProperty("input_tokens").GetInt64(),
            OutputTokens = usage.GetProperty("output_tokens").GetInt64(),
        };
    }

    public static SeenAnswer ReadStream(string stream)
    {
        var frames = SseFrame.Parse(stream);
        var events = frames.Select(frame => JsonDocument.Parse(frame.Data).RootElement).ToList();
        var types = events.Select(next => next.GetProperty("type").GetString()).ToList();
        Assert.That(frames.Select(frame => frame.Event), Is.EqualTo(types));
        Assert.That(types.Take(2), Is.EqualTo(new[] { "response.created", "response.in_progress" }));
        Assert.That(events.Select(next => next.GetProperty("sequence_number").GetInt32()), Is.EqualTo(Enumerable.Range(0, events.Count)));
        AssertOrder(events);

        var last = events[^1].GetProperty("response");
        AssertResponse(last);
        Assert.That(types[^1], Is.EqualTo("response." + last.GetProperty("status").GetString()));
        Assert.That(types.Count(type => type is "response.completed" or "response.incomplete" or "response.failed"), Is.EqualTo(1));
        var pieces = events.Where(next => next.GetProperty("type").GetString() == "response.output_text.delta")
            .Select(next => next.GetProperty("delta").GetString()!).ToList();
        Assert.That(TextOf(last), Is.EqualTo(string.Concat(pieces)), "The last event holds the whole text.");
        return new SeenAnswer
        {
            Id = events.Where(next => next.TryGetProperty("response", out _))
                .Select(next => next.GetProperty("response").GetProperty("id").GetString()).Distinct().Single(),
            Model = last.GetProperty("model").GetString(),
            Pieces = pieces,
            StopReason = ReasonOf(last),
            Failure = types[^1] == "response.failed" ? FailureOf(events) : null,
        };
    }

    /// <summary>Every event of an item lies between its added and its done, and its part's.</summary>
    private static void AssertOrder(IEnumerable<JsonElement> events)
    {
        var open = new Dictionary<int, string>();
        var parts = new HashSet<string>();
        var added = 0;
        foreach (var next in events.Where(next => next.TryGetProperty("output_index", out _)))
        {
            var index = next.GetProperty("output_index").GetInt32();
            switch (next.GetProperty("type").GetString())
            {
                case "response.output_item.added":
                    Assert.That(index, Is.EqualTo(added++), "Indexes rise by one.");
                    open.Add(index, next.GetProperty("item").GetProperty("id").GetString()!);
                    break;
                case "response.content_part.added" or "response.reasoning_summary_part.added":
                    Assert.That(parts.Add(open[index]), Is.True);
                    break;
                case "response.output_item.done":
                    Assert.That(next.GetProperty("item").GetProperty("id").GetString(), Is.EqualTo(open[index]));
                    Assert.That(parts, Does.Not.Contain(open[index]), "The part is done before its item.");
                    open.Remove(index);
                    break;
                case var type:
                    Assert.That(next.GetProperty("item_id").GetString(), Is.EqualTo(open[index]), type);
                    var hasPart = next.TryGetProperty("content_index", out _) || next.TryGetProperty("summary_index", out _);
                    Assert.That(hasPart, Is.EqualTo(parts.Contains(open[index])), type);
                    if (type is "response.content_part.done" or "response.reasoning_summary_part.done")
                    {
                        parts.Remove(open[index]);
                    }

                    break;
            }
        }
    }

    private static string FailureOf(IReadOnlyList<JsonElement> events)
    {
        var error = events[^2];
        Assert.That(error.GetProperty("type").GetString(), Is.EqualTo("error"), "The SDKs throw on 'error' only.");
        Assert.That(error.TryGetProperty("param", out _), Is.True);
        Assert.That(error.GetProperty("code").GetString(), Is.Not.Empty);
        var failed = events[^1].GetProperty("response").GetProperty("error");
        Assert.That(failed.GetProperty("message").GetString(), Is.EqualTo(error.GetProperty("message").GetString()));
        Assert.That(failed.GetProperty("code").GetString(), Is.AnyOf("server_error", "rate_limit_exceeded", "invalid_prompt"));
        return error.GetProperty("message").GetString()!;
    }

    private static void AssertResponse(JsonElement response)
    {
        Assert.That(response.GetProperty("object").GetString(), Is.EqualTo("response"));
        Assert.That(response.EnumerateObject().Select(field => field.Name), Is.SupersetOf(new[]
        {
            "id", "object", "created_at", "status", "error", "incomplete_details", "instructions", "max_output_tokens", "model", "output",
            "parallel_tool_calls", "previous_response_id", "reasoning", "store", "temperature", "text", "tool_choice", "tools", "top_p",
            "truncation",
            "usage", "user", "metadata",
        }));
        var isCompleted = response.GetProperty("status").GetString() == "completed";
        var completedAt = response.GetProperty("completed_at");
        Assert.That(completedAt.ValueKind, Is.EqualTo(isCompleted ? JsonValueKind.Number : JsonValueKind.Null));
        if (isCompleted)
        {
            Assert.That(completedAt.GetInt64(), Is.GreaterThanOrEqualTo(response.GetProperty("created_at").GetInt64()));
        }
    }

    private static string TextOf(JsonElement response) => string.Concat(response.GetProperty("output").EnumerateArray()
        .Where(item => item.GetProperty("type").GetString() == "message")
        .SelectMany(item => item.GetProperty("content").EnumerateArray())
        .Select(part => part.GetProperty("text").GetString()));

    private static string? ReasonOf(JsonElement response) =>
        response.GetProperty("incomplete_details") is { ValueKind: JsonValueKind.Object } details
            ? details.GetProperty("reason").GetString()
            : response.GetProperty("status").GetString();
}
