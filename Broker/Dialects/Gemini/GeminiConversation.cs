using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>
/// Reads <c>systemInstruction</c> and <c>contents</c>; either is one or many, and parts are an array, a single one, or a string.
/// </summary>
internal sealed class GeminiConversation
{
    private readonly ConversationBuilder _conversation =
        new("contents") { RefusesInstructionsAlone = true, ContinuesTheAssistant = true };
    private readonly List<RequestedFeature> _requested;

    // Google's SDK keeps each piece of a streamed answer as a content of its own: together they are one text. An answer may come back in a
    // million pieces, so they are joined once.
    private readonly StringBuilder _answer = new();
    private int _messages;
    private bool _isAnswering;

    private GeminiConversation(List<RequestedFeature> requested) => _requested = requested;

    /// <param name="requested">Takes the kinds of parts that were passed over.</param>
    public static Conversation Read(RequestNode body, List<RequestedFeature> requested)
    {
        var reader = new GeminiConversation(requested);
        if (body.Optional("systemInstruction", "system_instruction") is { } system)
        {
            var parts = system.Kind == JsonValueKind.Object ? system.Optional("parts") ?? system : system;
            Each(parts, part => reader._conversation.AddInstructions(ReadText(part)));
        }

        var contents = body.Required("contents");
        Each(contents, content => reader.ReadContent(content, contents), "a Content object or a string");
        reader.EndAnswer();
        return reader._conversation.Build();
    }

    private void ReadContent(RequestNode content, RequestNode contents)
    {
        if (content.Kind == JsonValueKind.String)
        {
            Count(isAnswer: false, contents);
            ReadUser(content);
            return;
        }

        if (content.Kind != JsonValueKind.Object)
        {
            throw content.WrongType("a Content object or a string");
        }

        var role = content.Optional("role");
        var speaker = role?.AsString() ?? "user";
        Count(speaker == "model", contents);
        var parts = content.Required("parts");
        switch (speaker)
        {
            case "user" or "function":
                Each(parts, ReadUser);
                break;
            case "model":
                Each(parts, ReadModel);
                break;
            default:
                throw role!.Value.Unsupported($"{role.Value.Path} must be 'user', 'model' or 'function'.");
        }
    }

    // Contents of the model's that follow each other are pieces of one answer, and one message.
    private void Count(bool isAnswer, RequestNode contents)
    {
        if (!(isAnswer && _isAnswering) && ++_messages > RequestBounds.Messages)
        {
            throw contents.TooManyElements(RequestBounds.Messages);
        }

        _isAnswering = isAnswer;
    }

    private void ReadUser(RequestNode part)
    {
        EndAnswer();
        if (part.Kind == JsonValueKind.Object && part.Optional("functionResponse", "function_response") is { } response)
        {
            ReadResponse(response.AsObject());
        }
        else if (GeminiMedia.Read(part) is { } media)
        {
            _conversation.AddMedia(media);
        }
        else
        {
            _conversation.AddText(Role.User, ReadText(part));
        }
    }

    private void ReadModel(RequestNode part)
    {
        if (part.Kind == JsonValueKind.String)
        {
            _answer.Append(part.AsString());
        }
        else if (part.AsObject().Optional("text") is { } text)
        {
            if (part.Optional("thought")?.AsBoolean() == true)
            {
                EndAnswer();
                var signature = SignatureOf(part)?.AsString() ?? string.Empty;
                _conversation.AddThinking(new ThinkingPart { Text = text.AsString(), Signature = signature });
            }
            else
            {
                _answer.Append(text.AsString());
            }
        }
        else if (part.Optional("functionCall", "function_call") is { } call)
        {
            EndAnswer();
            ReadCall(part, call.AsObject());
        }
        else if (SignatureOf(part) is null)
        {
            // A part that is a signature alone is how Gemini ends an answer; the rest is what Google's own tools did.
            RequestedFeature.PassOver(_requested, "contents.parts", KindOf(part)?.Name ?? string.Empty);
        }
    }

    private void EndAnswer()
    {
        if (_answer.Length > 0)
        {
            _conversation.AddText(Role.Assistant, _answer.ToString());
            _answer.Clear();
        }
    }

    private void ReadCall(RequestNode part, RequestNode call)
    {
        var name = call.Required("name");
        var made = new ToolCallPart
        {
            Id = call.Optional("id")?.AsString(RequestBounds.ToolId) ?? string.Empty,
            Name = name.AsString(RequestBounds.ToolName),
            ArgumentsJson = call.Optional("args")?.AsObjectText() ?? "{}",
            Signature = ReadSignature(part),
        };
        _conversation.AddToolCall(made, name.Place!);
    }

    private void ReadResponse(RequestNode response)
    {
        var name = response.Required("name");
        var given = response.Required("response").AsObject();
        var result = new ToolResultPart
        {
            ToolCallId = response.Optional("id")?.AsString(RequestBounds.ToolId) ?? string.Empty,
            Name = name.AsString(RequestBounds.ToolName),
            Content = { new Part { Text = new TextPart { Text = given.AsObjectText() } } },
            // Google's convention: "output" for what the function gave, "error" for why it could not.
            IsError = given.Optional("error") is not null && given.Optional("output") is null,
        };
        foreach (var part in response.List("parts"))
        {
            var media = GeminiMedia.Read(part.AsObject()) ?? throw Refuse(part);
            _conversation.AddMedia(media with { Result = result });
        }

        _conversation.AddToolResult(result, name.Place!);
    }

    private static void Each(RequestNode parts, Action<RequestNode> read, string wanted = "an array of parts")
    {
        switch (parts.Kind)
        {
            case JsonValueKind.Array:
                foreach (var part in parts.AsArray())
                {
                    read(part);
                }

                break;
            case JsonValueKind.Object or JsonValueKind.String:
                read(parts);
                break;
            default:
                throw parts.WrongType(wanted);
        }
    }

    // A signature alone says nothing.
    private static string ReadText(RequestNode part) => part switch
    {
        { Kind: JsonValueKind.String } => part.AsString(),
        _ when part.AsObject().Optional("text") is { } text => text.AsString(),
        _ when SignatureOf(part) is not null => string.Empty,
        _ => throw Refuse(part),
    };

    private static RequestNode? SignatureOf(RequestNode part) => part.Optional("thoughtSignature", "thought_signature");

    private static ByteString ReadSignature(RequestNode part)
    {
        if (SignatureOf(part) is not { } signature)
        {
            return ByteString.Empty;
        }

        // Google's JSON takes base64 in both alphabets, padded or not.
        var text = signature.AsString().TrimEnd('=').Replace('-', '+').Replace('_', '/');
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var count)
            ? ByteString.CopyFrom(bytes, 0, count)
            : throw signature.WrongType("base64");
    }

    private static ApiException Refuse(RequestNode part) => KindOf(part) is { } kind
        ? kind.Unsupported($"{kind.Path} is not supported here.")
        : part.Unsupported($"{part.Path} must not be empty.");

    // A part's kind is the name of its first field.
    private static RequestNode? KindOf(RequestNode part) => part.Fields().Select(field => (RequestNode?)field).FirstOrDefault();
}
