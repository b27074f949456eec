using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Properties;

/// <summary>
/// Writes a conversation as a client of each dialect does. Where clients differ, <paramref name="style"/> chooses: a text as a string or
/// as a part, one message or several, results in any order, an id in the other vendor's form, everything escaped or nothing.
/// </summary>
internal sealed class WrittenConversation(SomeConversations.Conversation said, Random style)
{
    private static readonly JsonSerializerOptions Bare = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Escaped = new() { WriteIndented = true };

    public string Write(string dialect)
    {
        var body = dialect switch
        {
            "chat" => Chat(),
            "responses" => Responses(),
            "anthropic" => Anthropic(),
            _ => Gemini(),
        };
        return body.ToJsonString(Chance() ? Bare : Escaped);
    }

    private JsonObject Chat()
    {
        var messages = new JsonArray();
        foreach (var message in said.Messages)
        {
            foreach (var result in Results(message))
            {
                messages.Add(new JsonObject
                {
                    ["role"] = "tool",
                    ["tool_call_id"] = OfOpenAi(result.ToolCallId),
                    ["content"] = Content(result.Content, ChatPart),
                });
            }

            // Within one message its calls come last.
            foreach (var group in Groups(Others(message), (before, next) => before.ToolCall is null || next.ToolCall is not null))
            {
                var texts = group.Where(part => part.ToolCall is null).ToList();
                var calls = group.Select(part => part.ToolCall).OfType<ToolCallPart>().Select(call => (JsonNode)new JsonObject
                {
                    ["id"] = OfOpenAi(call.Id),
                    ["type"] = "function",
                    ["function"] = Function(call),
                }).ToArray();
                var written = new JsonObject { ["role"] = Speaker(message, "assistant"), ["content"] = Content(texts, ChatPart) };
                if (calls.Length > 0)
                {
                    written["tool_calls"] = new JsonArray(calls);
                }

                messages.Add(written);
            }
        }

        Scatter(said.Instructions, messages, text => new JsonObject
        {
            ["role"] = Chance() ? "system" : "developer",
            ["content"] = Content([PartOf(text)], ChatPart),
        });
        return new JsonObject { ["model"] = "m", ["messages"] = messages };
    }

    private JsonObject Responses()
    {
        var items = new JsonArray();
        foreach (var message in said.Messages)
        {
            foreach (var result in Results(message))
            {
                items.Add(new JsonObject
                {
                    ["type"] = "function_call_output",
                    ["call_id"] = OfOpenAi(result.ToolCallId),
                    ["output"] = Content(result.Content, part => ResponsesPart(part, "input_text")),
                });
            }

            foreach (var group in Groups(Others(message), (before, next) => IsContent(before) && IsContent(next)))
            {
                var written = group[0] switch
                {
                    { ToolCall: { } call } => Function(call),
                    { Thinking: { } thought } => new JsonObject { ["encrypted_content"] = Seal(thought), ["summary"] = new JsonArray() },
                    _ => new JsonObject
                    {
                        ["role"] = Speaker(message, "assistant"),
                        ["content"] = Content(
                            group, part => ResponsesPart(part, message.Role == Role.User ? "input_text" : "output_text")),
                    },
                };
                (written["type"], written["call_id"]) = group[0] switch
                {
                    { ToolCall: { } call } => ("function_call", OfOpenAi(call.Id)),
                    { Thinking: not null } => ("reasoning", null),
                    _ => ((JsonNode?)(Chance() ? "message" : null), (JsonNode?)null),
                };
                items.Add(written);
            }
        }

        var first = said.Instructions.Count > 0 && Chance() ? said.Instructions[0] : null;
        Scatter(said.Instructions.Skip(first is null ? 0 : 1), items, text => new JsonObject
        {
            ["role"] = Chance() ? "system" : "developer",
            ["content"] = Content([PartOf(text)], part => ResponsesPart(part, "input_text")),
        });
        return new JsonObject { ["model"] = "m", ["instructions"] = first, ["input"] = items };
    }

    private JsonObject Anthropic()
    {
        var messages = new JsonArray();
        foreach (var message in said.Messages)
        {
            var blocks = Results(message).Select(result => new Part { ToolResult = result }).Concat(Others(message)).ToList();
            foreach (var group in Groups(blocks, (_, _) => true))
            {
                messages.Add(new JsonObject { ["role"] = Speaker(message, "assistant"), ["content"] = Content(group, Block) });
            }
        }

        var ahead = style.Next(said.Instructions.Count + 1);
        Scatter(said.Instructions.Skip(ahead), messages, text => new JsonObject
        {
            ["role"] = "system",
            ["content"] = Content([PartOf(text)], Block),
        });
        return new JsonObject
        {
            ["model"] = "m",
            ["max_tokens"] = 9,
            ["messages"] = messages,
            ["system"] = ahead == 0 ? null : Content([.. said.Instructions.Take(ahead).Select(PartOf)], Block),
        };
    }

    private JsonObject Gemini()
    {
        var isSnake = Chance();
        var contents = new JsonArray();
        foreach (var message in said.Messages)
        {
            var parts = Results(message).Select(result => new Part { ToolResult = result }).Concat(Others(message)).ToList();
            if (message.Role == Role.Assistant && Chance())
            {
                // As Google's SDK keeps a streamed answer.
                parts = [.. parts.SelectMany(part => part.Text is { } text ? SomeTexts.Cut(text.Text, style).Select(PartOf) : [part])];
            }

            foreach (var group in Groups(parts, (_, _) => true))
            {
                var isResult = group[0].ToolResult is not null;
                contents.Add(new JsonObject
                {
                    ["role"] = isResult && Chance() ? "function" : Speaker(message, "model"),
                    ["parts"] = new JsonArray([.. group.Select(part => GeminiPart(part, isSnake))]),
                });
            }
        }

        var system = said.Instructions.Select(text => new JsonObject { ["text"] = text }).ToArray();
        return new JsonObject
        {
            [Name("systemInstruction", isSnake)] = system.Length == 0 ? null : new JsonObject { ["parts"] = new JsonArray(system) },
            ["contents"] = contents,
        };
    }

    private JsonObject ChatPart(Part part) => part.Media switch
    {
        null => new JsonObject { ["type"] = "text", ["text"] = part.Text.Text },
        { MimeType: "application/pdf" } pdf => new JsonObject { ["type"] = "file", ["file"] = File(pdf) },
        { } picture => new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = DataUrl(picture) } },
    };

    private JsonObject ResponsesPart(Part part, string text)
    {
        if (part.Media is { MimeType: "application/pdf" } pdf)
        {
            var file = File(pdf);
            file["type"] = "input_file";
            return file;
        }

        return part.Media is { } picture
            ? new JsonObject { ["type"] = "input_image", ["image_url"] = DataUrl(picture) }
            : new JsonObject { ["type"] = text, ["text"] = part.Text.Text };
    }

    private JsonObject Block(Part part) => part switch
    {
        { Media: { } media } => new JsonObject
        {
            ["type"] = media.MimeType == "application/pdf" ? "document" : "image",
            ["title"] = media.Title.Length == 0 ? null : media.Title,
            ["source"] = new JsonObject { ["type"] = "base64", ["media_type"] = media.MimeType, ["data"] = media.Data.ToBase64() },
        },
        { ToolCall: { } call } => new JsonObject
        {
            ["type"] = "tool_use",
            ["id"] = OfAnthropic(call.Id),
            ["name"] = call.Name,
            ["input"] = JsonNode.Parse(call.ArgumentsJson),
        },
        { ToolResult: { } result } => new JsonObject
        {
            ["type"] = "tool_result",
            ["tool_use_id"] = OfAnthropic(result.ToolCallId),
            ["content"] = Content(result.Content, Block),
            ["is_error"] = result.IsError ? true : Chance() ? false : null,
        },
        { Thinking: { Redacted: true } hidden } => new JsonObject { ["type"] = "redacted_thinking", ["data"] = hidden.Signature },
        { Thinking: { } thought } => new JsonObject
        {
            ["type"] = "thinking",
            ["thinking"] = thought.Text,
            ["signature"] = thought.Signature,
        },
        _ => new JsonObject { ["type"] = "text", ["text"] = part.Text.Text },
    };

    private static JsonObject GeminiPart(Part part, bool isSnake) => part switch
    {
        { Media: { } media } => new JsonObject
        {
            [Name("inlineData", isSnake)] = new JsonObject
            {
                [Name("mimeType", isSnake)] = media.MimeType,
                ["data"] = media.Data.ToBase64(),
                [Name("displayName", isSnake)] = media.Title,
            },
        },
        { ToolCall: { } call } => new JsonObject
        {
            [Name("functionCall", isSnake)] = new JsonObject
            {
                ["id"] = call.Id,
                ["name"] = call.Name,
                ["args"] = JsonNode.Parse(call.ArgumentsJson),
            },
            [Name("thoughtSignature", isSnake)] = call.Signature.IsEmpty ? null : call.Signature.ToBase64(),
        },
        { ToolResult: { } result } => new JsonObject
        {
            [Name("functionResponse", isSnake)] = new JsonObject
            {
                ["id"] = result.ToolCallId,
                ["name"] = result.Name,
                ["response"] = JsonNode.Parse(result.Content[0].Text.Text),
                ["parts"] = new JsonArray([.. result.Content.Skip(1).Select(media => GeminiPart(media, isSnake))]),
            },
        },
        { Thinking: { } thought } => new JsonObject
        {
            ["text"] = thought.Text,
            ["thought"] = true,
            [Name("thoughtSignature", isSnake)] = thought.Signature.Length == 0 ? null : thought.Signature,
        },
        _ => new JsonObject { ["text"] = part.Text.Text },
    };

    private static string Name(string camel, bool isSnake) => isSnake ? JsonNamingPolicy.SnakeCaseLower.ConvertName(camel) : camel;

    private static Part PartOf(string text) => new() { Text = new TextPart { Text = text } };

    private static bool IsContent(Part part) => part.ToolCall is null && part.Thinking is null;

    private static string Speaker(Message message, string assistant) => message.Role == Role.User ? "user" : assistant;

    private static string DataUrl(MediaPart media) => $"data:{media.MimeType};base64,{media.Data.ToBase64()}";

    private static string Seal(ThinkingPart thought) =>
        $"polydev.{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(thought.Text))}.{thought.Signature}";

    private static JsonObject Function(ToolCallPart call) => new() { ["name"] = call.Name, ["arguments"] = call.ArgumentsJson };

    private JsonObject File(MediaPart pdf) =>
        new() { ["filename"] = pdf.Title, ["file_data"] = Chance() ? DataUrl(pdf) : pdf.Data.ToBase64() };

    // In the form that an answer gave it to this vendor's caller.
    private static string OfOpenAi(string id) => id.StartsWith("toolu_", StringComparison.Ordinal) ? $"call_{id}" : id;

    private static string OfAnthropic(string id) => id.StartsWith("call_", StringComparison.Ordinal) ? $"toolu_{id}" : id;

    private JsonNode? Content(IReadOnlyList<Part> parts, Func<Part, JsonObject> write) =>
        parts.Count == 0 ? (Chance() ? null : string.Empty)
        : parts is [{ Text.Text: { } only }] && Chance() ? only
        : new JsonArray([.. parts.Select(write)]);

    private IEnumerable<ToolResultPart> Results(Message message)
    {
        var results = message.Parts.Select(part => part.ToolResult).OfType<ToolResultPart>().ToArray();
        style.Shuffle(results);
        return results;
    }

    private static IReadOnlyList<Part> Others(Message message) => [.. message.Parts.Where(part => part.ToolResult is null)];

    // One message may be sent as several of its role.
    private List<List<Part>> Groups(IReadOnlyList<Part> parts, Func<Part, Part, bool> mayFollow)
    {
        var groups = new List<List<Part>>();
        foreach (var part in parts)
        {
            if (groups.Count > 0 && mayFollow(groups[^1][^1], part) && style.Next(3) > 0)
            {
                groups[^1].Add(part);
            }
            else
            {
                groups.Add([part]);
            }
        }

        return groups;
    }

    // System texts stand anywhere among the messages, in their order.
    private void Scatter(IEnumerable<string> texts, JsonArray messages, Func<string, JsonObject> write)
    {
        var place = 0;
        foreach (var text in texts)
        {
            place = style.Next(place, messages.Count + 1);
            messages.Insert(place++, write(text));
        }
    }

    private bool Chance() => style.Next(2) == 0;
}
