using System.Text.Json;
using Google.Protobuf;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads parts: an array, a single one, or a string. Empty texts are left out. Belongs to one read.</summary>
internal sealed class GeminiParts
{
    private readonly GeminiCallIds _ids = new();

    /// <summary>Parts that are text alone: a system instruction.</summary>
    public static IEnumerable<Part> ReadTexts(RequestNode parts) => Read(parts, _ => null);

    public IEnumerable<Part> ReadUser(RequestNode parts) =>
        Read(parts, part => part.Optional("functionResponse", "function_response") is { } response ? OfResponse(response.AsObject()) : null);

    public IEnumerable<Part> ReadModel(RequestNode parts) =>
        Read(parts, part => part.Optional("functionCall", "function_call") is { } call ? OfCall(part, call.AsObject()) : null);

    private static IEnumerable<Part> Read(RequestNode parts, Func<RequestNode, Part?> readOther) => parts.Kind switch
    {
        JsonValueKind.Array => parts.AsArray().Select(part => ReadOne(part, readOther)).OfType<Part>(),
        JsonValueKind.Object or JsonValueKind.String => new[] { ReadOne(parts, readOther) }.OfType<Part>(),
        _ => throw parts.WrongType("an array of parts"),
    };

    private static Part? ReadOne(RequestNode part, Func<RequestNode, Part?> readOther)
    {
        if (part.Kind == JsonValueKind.String)
        {
            return OfText(part.AsString());
        }

        part.AsObject();
        if (part.Optional("text") is { } text)
        {
            return part.Optional("thought")?.AsBoolean() == true ? OfThought(part, text.AsString()) : OfText(text.AsString());
        }

        // Gemini ends an answer with a part that is a signature alone.
        return readOther(part) ?? (SignatureOf(part) is null ? throw Refuse(part) : null);
    }

    private static Part? OfText(string text) => text.Length == 0 ? null : new Part { Text = new TextPart { Text = text } };

    private static Part OfThought(RequestNode part, string text) =>
        new() { Thinking = new ThinkingPart { Text = text, Signature = SignatureOf(part)?.AsString() ?? string.Empty } };

    private static RequestNode? SignatureOf(RequestNode part) => part.Optional("thoughtSignature", "thought_signature");

    private Part OfCall(RequestNode part, RequestNode call)
    {
        var name = call.Required("name").AsString();
        return new Part
        {
            ToolCall = new ToolCallPart
            {
                Id = _ids.OfCall(name, call.String("id")),
                Name = name,
                ArgumentsJson = call.Optional("args")?.AsObject().Value.GetRawText() ?? "{}",
                Signature = ReadSignature(part),
            },
        };
    }

    private Part OfResponse(RequestNode response)
    {
        if (response.Optional("parts") is { } media && media.AsArray().Any())
        {
            throw media.Unsupported($"{media.Path}: images and files are not supported yet.");
        }

        var name = response.Required("name");
        var result = response.Required("response").AsObject();
        return new Part
        {
            ToolResult = new ToolResultPart
            {
                ToolCallId = _ids.OfResponse(name.AsString(), response.String("id"))
                    ?? throw name.Unsupported($"{name.Path}: no earlier functionCall awaits this response."),
                Name = name.AsString(),
                Content = { OfText(result.Value.GetRawText()) },
                // Google's convention: "output" for what the function gave, "error" for why it could not.
                IsError = result.Optional("error") is not null && result.Optional("output") is null,
            },
        };
    }

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

    private static ApiException Refuse(RequestNode part) => part.Fields().Select(field => (RequestNode?)field).FirstOrDefault() is { } kind
        ? kind.Unsupported($"{kind.Path} is not supported here.")
        : part.Unsupported($"{part.Path} must not be empty.");
}
