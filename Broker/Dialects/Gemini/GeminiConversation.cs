using System.Text;
using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads <c>systemInstruction</c> and <c>contents</c>.</summary>
internal static class GeminiConversation
{
    /// <summary>A string, a Content, one part or an array of them; text alone.</summary>
    public static string ReadInstructions(RequestNode body)
    {
        if (body.Optional("systemInstruction", "system_instruction") is not { } system)
        {
            return string.Empty;
        }

        var parts = system.Kind == JsonValueKind.Object ? system.Optional("parts") ?? system : system;
        return string.Join("\n\n", GeminiParts.ReadTexts(parts).Select(part => part.Text.Text));
    }

    /// <exception cref="Errors.ApiException">No content, or the last is the model's: Google, too, wants a question at the end.</exception>
    public static List<Message> ReadMessages(RequestNode body)
    {
        var contents = body.Required("contents");
        var parts = new GeminiParts();
        var messages = new List<Message>();
        foreach (var content in contents.Kind == JsonValueKind.Array ? contents.AsArray() : [contents])
        {
            if (content.Kind is not (JsonValueKind.Object or JsonValueKind.String))
            {
                throw content.WrongType("a Content object or a string");
            }

            Add(messages, content, parts);
        }

        messages.FindAll(message => message.Role == Role.Assistant).ForEach(JoinTexts);
        return messages is [.., { Role: Role.User }] ? messages : throw contents.Unsupported("contents must end with a user's content.");
    }

    private static void Add(List<Message> messages, RequestNode content, GeminiParts parts)
    {
        var isObject = content.Kind == JsonValueKind.Object;
        var role = isObject ? content.Optional("role") : null;
        var given = isObject ? content.Required("parts") : content;
        switch (role?.AsString() ?? "user")
        {
            case "user" or "function":
                var question = new Message { Role = Role.User, Parts = { parts.ReadUser(given) } };
                messages.Add(question.Parts.Count > 0 ? question : throw given.Unsupported($"{given.Path} must not be empty."));
                break;
            case "model":
                AddAnswer(messages, parts.ReadModel(given));
                break;
            default:
                throw role!.Value.Unsupported($"{role.Value.Path} must be 'user', 'model' or 'function'.");
        }
    }

    // Google's SDK keeps each piece of a streamed answer as a content of its own: together they are one message.
    private static void AddAnswer(List<Message> messages, IEnumerable<Part> parts)
    {
        foreach (var part in parts)
        {
            if (messages is not [.., { Role: Role.Assistant }])
            {
                messages.Add(new Message { Role = Role.Assistant });
            }

            messages[^1].Parts.Add(part);
        }
    }

    // ... and one text. Joined at the end: an answer may come back in a million pieces.
    private static void JoinTexts(Message answer)
    {
        var parts = new List<Part>();
        var text = new StringBuilder();
        foreach (var part in answer.Parts)
        {
            if (part.KindCase == Part.KindOneofCase.Text)
            {
                text.Append(part.Text.Text);
                continue;
            }

            EndText();
            parts.Add(part);
        }

        EndText();
        answer.Parts.Clear();
        answer.Parts.Add(parts);

        void EndText()
        {
            if (text.Length > 0)
            {
                parts.Add(new Part { Text = new TextPart { Text = text.ToString() } });
                text.Clear();
            }
        }
    }
}
