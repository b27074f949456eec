using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Broker.Tests.Dialects;

namespace Polydev.Broker.Tests.Properties;

/// <summary>Reads all of an answer as a client of each dialect does, whole and streamed; what would break one fails the test.</summary>
internal static class AnswerReading
{
    public static HeardAnswer Whole(string dialect, string body)
    {
        var answer = JsonNode.Parse(body)!;
        switch (dialect)
        {
            case "chat":
                OpenAiChatReader.ReadAnswer(JsonElement.Parse(body));
                return OfChat(answer["choices"]![0]!["message"]!, (string?)answer["choices"]![0]!["finish_reason"], answer["usage"]!);
            case "responses":
                OpenAiResponsesReader.ReadAnswer(JsonElement.Parse(body));
                return OfResponse(answer);
            case "anthropic":
                return OfMessage(answer["content"]!.AsArray(), answer, answer["usage"]!);
            default:
                return OfGemini([answer]);
        }
    }

    public static HeardAnswer Streamed(AnswerForm form, string stream)
    {
        switch (form.Dialect)
        {
            case "chat":
                OpenAiChatReader.ReadStream(stream);
                return OfChunks([.. SseFrame.Parse(stream).SkipLast(1).Select(frame => JsonNode.Parse(frame.Data)!)]);
            case "responses":
                OpenAiResponsesReader.ReadStream(stream);
                return OfEvents([.. SseFrame.Parse(stream).Select(frame => JsonNode.Parse(frame.Data)!)]);
            case "anthropic":
                AnthropicClient.Read(stream);
                var end = SseFrame.Parse(stream).Single(frame => frame.Event == "message_delta");
                var told = JsonNode.Parse(end.Data)!;
                return OfMessage(AnthropicClient.Blocks(stream), told["delta"]!, told["usage"]!);
            default:
                var objects = form.IsArray ? GeminiClient.Elements(stream) : GeminiClient.Events(stream);
                GeminiClient.ReadStream(objects);
                return OfGemini(objects);
        }
    }

    private static HeardAnswer OfChat(JsonNode message, string? reason, JsonNode? usage)
    {
        var calls = message["tool_calls"]?.AsArray().Select(call => OfFunction(call!["id"], call["function"]!)) ?? [];
        var thought = HeardPiece.OfThought((string?)message["reasoning_content"] ?? string.Empty);
        var text = HeardPiece.OfText((string?)message["content"] ?? string.Empty);
        return new HeardAnswer(HeardPiece.Join([thought, text, .. calls]), reason, OfOpenAi(usage, "prompt", "completion"));
    }

    // The deltas of a call are joined into one message, as the SDKs join them.
    private static HeardAnswer OfChunks(IReadOnlyList<JsonNode> chunks)
    {
        var (text, thought, calls) = (new StringBuilder(), new StringBuilder(), new JsonArray());
        string? reason = null;
        foreach (var choice in chunks.SelectMany(chunk => chunk["choices"]!.AsArray()))
        {
            text.Append((string?)choice!["delta"]!["content"]);
            thought.Append((string?)choice["delta"]!["reasoning_content"]);
            reason ??= (string?)choice["finish_reason"];
            foreach (var call in choice["delta"]!["tool_calls"]?.AsArray() ?? [])
            {
                var index = (int)call!["index"]!;
                if (index == calls.Count)
                {
                    calls.Add(call.DeepClone());
                    continue;
                }

                var function = calls[index]!["function"]!;
                function["arguments"] = (string?)function["arguments"] + (string?)call["function"]!["arguments"];
            }
        }

        var message = new JsonObject
        {
            ["content"] = text.ToString(),
            ["reasoning_content"] = thought.ToString(),
            ["tool_calls"] = calls,
        };
        return OfChat(message, reason, chunks[^1]["usage"]);
    }

    private static HeardAnswer OfResponse(JsonNode response)
    {
        var pieces = response["output"]!.AsArray().Select(item => (string?)item!["type"] switch
        {
            "message" => HeardPiece.OfText((string)item["content"]!.AsArray().Single()!["text"]!),
            "reasoning" => OfReasoning(item),
            _ => OfFunction(item["call_id"], item),
        });
        var reason = (string?)response["incomplete_details"]?["reason"] ?? (string?)response["status"];
        return new HeardAnswer(HeardPiece.Join(pieces), reason, OfOpenAi(response["usage"]!, "input", "output"));
    }

    private static HeardPiece OfReasoning(JsonNode item)
    {
        var text = (string)item["summary"]!.AsArray().Single()!["text"]!;
        if ((string?)item["encrypted_content"] is not { } seal)
        {
            return HeardPiece.OfThought(text);
        }

        var parts = seal.Split('.', 3);
        Assert.That(Encoding.UTF8.GetString(Convert.FromBase64String(parts[1])), Is.EqualTo(text), "The sealed thought is the one told.");
        return HeardPiece.OfThought(text, parts[2]);
    }

    // What is done is what was told in deltas, and what the last event holds.
    private static HeardAnswer OfEvents(IReadOnlyList<JsonNode> events)
    {
        var last = events[^1]["response"]!;
        var done = events.Where(next => (string?)next["type"] == "response.output_item.done").Select(next => next["item"]!).ToList();
        Assert.That(done.Select(item => item.ToJsonString()), Is.EqualTo(last["output"]!.AsArray().Select(item => item!.ToJsonString())));
        foreach (var item in done)
        {
            var told = events.Where(next => next["delta"] is not null && (string?)next["item_id"] == (string?)item["id"]);
            var whole = item["arguments"] ?? (item["content"] ?? item["summary"])![0]!["text"];
            Assert.That(string.Concat(told.Select(next => (string)next["delta"]!)), Is.EqualTo((string?)whole));
        }

        return OfResponse(last);
    }

    private static HeardAnswer OfMessage(IEnumerable<JsonNode?> blocks, JsonNode end, JsonNode usage)
    {
        var pieces = blocks.Select(block => (string?)block!["type"] switch
        {
            "text" => HeardPiece.OfText((string)block["text"]!),
            "thinking" => HeardPiece.OfThought((string)block["thinking"]!, (string)block["signature"]!),
            _ => HeardPiece.OfCall((string)block["id"]!, (string)block["name"]!, ArgumentsOf(block)),
        });
        var reason = $"{end["stop_reason"]} {end["stop_sequence"]}".TrimEnd();
        return new HeardAnswer(HeardPiece.Join(pieces), reason, new HeardUsage(
            Number(usage["input_tokens"]), Number(usage["output_tokens"]), Number(usage["cache_read_input_tokens"]),
            Number(usage["cache_creation_input_tokens"]), 0));
    }

    // Streamed, the input stands in the deltas alone, and no delta is none.
    private static string ArgumentsOf(JsonNode block) => (string?)block["partial"] switch
    {
        { Length: > 0 } partial => SomeTexts.Compact(partial),
        "" => "{}",
        _ => block["input"]!.ToJsonString(),
    };

    private static HeardAnswer OfGemini(IReadOnlyList<JsonNode> answers)
    {
        var pieces = answers.SelectMany(answer => answer["candidates"]![0]!["content"]!["parts"]!.AsArray()).Select(part =>
            (part!["functionCall"], (string?)part["thoughtSignature"] ?? string.Empty) switch
            {
                ({ } call, var signature) => HeardPiece.OfCall(
                    (string)call["id"]!, (string)call["name"]!, SomeTexts.Compact(call["args"]!.ToJsonString())) with
                {
                    Signature = signature,
                },
                (_, var signature) when (bool?)part["thought"] == true => HeardPiece.OfThought((string)part["text"]!, signature),
                _ => HeardPiece.OfText((string)part["text"]!),
            });
        var usage = answers[^1]["usageMetadata"]!;
        return new HeardAnswer(HeardPiece.Join(pieces), (string?)answers[^1]["candidates"]![0]!["finishReason"], new HeardUsage(
            Number(usage["promptTokenCount"]), Number(usage["candidatesTokenCount"]), Number(usage["cachedContentTokenCount"]), 0,
            Number(usage["thoughtsTokenCount"])));
    }

    private static HeardPiece OfFunction(JsonNode? id, JsonNode function) =>
        HeardPiece.OfCall((string)id!, (string)function["name"]!, SomeTexts.Compact((string)function["arguments"]!));

    // Not told in every stream.
    private static HeardUsage OfOpenAi(JsonNode? usage, string input, string output) => usage is null ? new HeardUsage(0, 0, 0, 0, 0) : new(
        Number(usage[$"{input}_tokens"]), Number(usage[$"{output}_tokens"]), Number(usage[$"{input}_tokens_details"]!["cached_tokens"]), 0,
        Number(usage[$"{output}_tokens_details"]!["reasoning_tokens"]));

    private static ulong Number(JsonNode? figure) => (ulong?)figure ?? 0;
}
