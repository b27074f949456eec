using CsCheck;
using Google.Protobuf;
using Polydev.Broker.Tests.Dialects.Media;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Properties;

/// <summary>
/// Random conversations as work.proto promises them: roles alternate, each call has its result in the next message, the last message is
/// the user's. They are canonical already, so that what a dialect reads is held against them as it is.
/// </summary>
internal static class SomeConversations
{
    private static readonly Gen<Part> Text = SomeTexts.Text.Select(text => new Part { Text = new TextPart { Text = text } });

    public static Gen<Conversation> Of(ConversationForm form)
    {
        var user = Gen.Frequency<Part>((3, Text), (1, Media(form)));
        var round = Gen.Select(
            Assistant(form).Array[1, 4], Result(form).Array[4], user.Array[0, 2], Text,
            (said, results, then, otherwise) => new Round(said, results, then, otherwise));
        return Gen.Select(SomeTexts.Text.Array[0, 3], user.Array[1, 3], round.Array[0, 3], (instructions, first, rounds) =>
            Join(instructions, first, rounds, form));
    }

    private static Conversation Join(string[] instructions, Part[] first, Round[] rounds, ConversationForm form)
    {
        var messages = new List<Message> { new() { Role = Role.User, Parts = { first } } };
        var calls = 0;
        foreach (var (said, results, then, otherwise) in rounds)
        {
            var assistant = new Message { Role = Role.Assistant };
            var user = new Message { Role = Role.User };
            foreach (var part in said.Select(part => part.Clone()))
            {
                if (part.ToolCall is { } call)
                {
                    call.Id += $"{++calls}";
                    var result = results[user.Parts.Count].Clone();
                    (result.ToolResult.ToolCallId, result.ToolResult.Name) = (call.Id, call.Name);
                    user.Parts.Add(result);
                }

                // What the dialect reads as one text is one.
                if (form.JoinsTexts && part.Text is { } text && assistant.Parts.LastOrDefault()?.Text is { } last)
                {
                    last.Text += text.Text;
                }
                else
                {
                    assistant.Parts.Add(part);
                }
            }

            // Thoughts alone are no message.
            if (assistant.Parts.All(part => part.Thinking is not null))
            {
                assistant.Parts.Add(otherwise.Clone());
            }

            user.Parts.Add(user.Parts.Count == 0 && then.Length == 0 ? [otherwise] : then);
            messages.AddRange([assistant, user]);
        }

        return new Conversation(instructions, messages);
    }

    private static Gen<Part> Assistant(ConversationForm form)
    {
        var call = Gen.Select(
            Gen.OneOf("call_", "toolu_", "x-", "\u00fc "), Gen.OneOf("get", "set", "a.b:c-d"), SomeTexts.JsonObject,
            Gen.Byte.Array[0, form.SignsCalls ? 5 : 0],
            (id, name, arguments, signature) => new Part
            {
                ToolCall = new ToolCallPart
                {
                    Id = id,
                    Name = name,
                    ArgumentsJson = arguments,
                    Signature = ByteString.CopyFrom(signature),
                },
            });
        return Gen.Frequency<Part>((3, Text), (3, call), (form.HasThoughts ? 2 : 0, Thought(form)));
    }

    private static Gen<Part> Thought(ConversationForm form) => Gen.Select(
        SomeTexts.Text, SomeTexts.Text, Gen.Int[0, form.HasRedactedThoughts ? 3 : 2],
        (text, signature, kind) => new Part
        {
            Thinking = kind switch
            {
                0 => new ThinkingPart { Text = text },
                1 => new ThinkingPart { Text = text, Signature = signature },
                2 => new ThinkingPart { Signature = signature },
                _ => new ThinkingPart { Signature = signature, Redacted = true },
            },
        });

    private static Gen<Part> Result(ConversationForm form) => form.ResultsAreObjects
        ? Gen.Select(SomeTexts.Text, SomeTexts.JsonObject, Media(form).Array[0, 2], Gen.Int[0, 2], (text, json, media, kind) => Of(
            isError: kind == 1,
            content:
            [
                new Part
                {
                    Text = new TextPart
                    {
                        Text = kind switch
                        {
                            0 => $"{{\"output\":{json}}}",
                            1 => $"{{\"error\":{System.Text.Json.JsonSerializer.Serialize(text)}}}",
                            _ => $"{{\"error\":{json},\"output\":1}}",
                        },
                    },
                },
                .. media,
            ]))
        : Gen.Select(Gen.Frequency<Part>((3, Text), (1, Media(form))).Array[0, 3], Gen.Bool, (content, isError) =>
            Of(form.HasErrors && isError, content));

    private static Part Of(bool isError, Part[] content) =>
        new() { ToolResult = new ToolResultPart { IsError = isError, Content = { content.Select(part => part.Clone()) } } };

    private static Gen<Part> Media(ConversationForm form) => Gen.Select(
        Gen.OneOf("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"), Gen.Int[20, 60], SomeTexts.Text,
        (type, length, title) => new Part
        {
            Media = new MediaPart
            {
                MimeType = type,
                Data = ByteString.CopyFrom(SomeMedia.Of(type, length)),
                Title = form.PicturesHaveTitles || type == "application/pdf" ? title : string.Empty,
            },
        });

    private sealed record Round(Part[] Said, Part[] Results, Part[] Then, Part Otherwise);

    /// <param name="Instructions">System texts in their order.</param>
    internal sealed record Conversation(IReadOnlyList<string> Instructions, IReadOnlyList<Message> Messages);
}

/// <summary>What a dialect has words for: the rest is left out of its conversations.</summary>
internal sealed record ConversationForm(string Dialect)
{
    public static IEnumerable<ConversationForm> All =>
    [
        // Chat has no word for a thought that comes back, nor for a failed result.
        new("chat"),

        // A thought comes back sealed in encrypted_content; a redacted one and a failed result have no form.
        new("responses") { HasThoughts = true },
        new("anthropic") { HasThoughts = true, HasRedactedThoughts = true, HasErrors = true },

        // A result is an object, whose one member "error" says that it failed. Texts that follow each other are pieces of one.
        new("gemini") { HasThoughts = true, SignsCalls = true, ResultsAreObjects = true, JoinsTexts = true, PicturesHaveTitles = true },
    ];

    public bool HasThoughts { get; init; }

    public bool HasRedactedThoughts { get; init; }

    /// <summary>A vendor's signature stands at a call.</summary>
    public bool SignsCalls { get; init; }

    public bool HasErrors { get; init; }

    public bool ResultsAreObjects { get; init; }

    public bool JoinsTexts { get; init; }

    /// <summary>As documents have in every dialect.</summary>
    public bool PicturesHaveTitles { get; init; }

    public override string ToString() => Dialect;
}
