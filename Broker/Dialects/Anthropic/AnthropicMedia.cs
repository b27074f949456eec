using System.Text.Json;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects.Anthropic;

/// <summary>
/// Reads the blocks <c>image</c> and <c>document</c> (docs: "Vision", "PDF support", "Citations"). What of a document is text goes on as
/// text: its title and context before it.
/// </summary>
internal static class AnthropicMedia
{
    public static CallerMedia ReadImage(RequestNode block)
    {
        var source = block.Required("source").AsObject();
        var type = source.Required("type");
        return type.AsString() switch
        {
            "base64" => ReadData(source, MediaKinds.Images),
            "url" => RequestMedia.ReadAddress(source.Required("url"), MediaKinds.Images),
            _ => throw Refuse(type),
        };
    }

    public static void ReadDocument(RequestNode block, UserContent into, List<RequestedFeature> requested)
    {
        if (block.Optional("citations")?.AsObject().Optional("enabled")?.AsBoolean() == true)
        {
            RequestedFeature.PassOver(requested, "messages.content", "citations");
        }

        var source = block.Required("source").AsObject();
        var title = block.Optional("title")?.AsString(RequestBounds.MediaTitle) ?? string.Empty;
        var context = block.String("context") ?? string.Empty;
        var type = source.Required("type");
        switch (type.AsString())
        {
            case "base64":
                into.AddText(context);
                into.AddMedia(ReadData(source, MediaKinds.Documents, title));
                break;
            case "url":
                into.AddText(context);
                into.AddMedia(RequestMedia.ReadAddress(source.Required("url"), MediaKinds.Documents, title));
                break;
            case "text":
                into.AddText(title);
                into.AddText(context);
                into.AddText(ReadText(source));
                break;
            case "content":
                into.AddText(title);
                into.AddText(context);
                ReadContent(source.Required("content"), into);
                break;
            default:
                throw Refuse(type);
        }
    }

    private static CallerMedia ReadData(RequestNode source, MediaKinds kinds, string title = "") =>
        RequestMedia.Read(source.Required("data"), source.Required("media_type"), kinds, title);

    private static string ReadText(RequestNode source)
    {
        var type = source.Required("media_type");
        return type.AsString() == "text/plain"
            ? source.Required("data").AsString()
            : throw type.Unsupported($"{type.Path} must be 'text/plain'.");
    }

    private static void ReadContent(RequestNode content, UserContent into)
    {
        if (content.Kind == JsonValueKind.String)
        {
            into.AddText(content.AsString());
            return;
        }

        foreach (var block in AnthropicConversation.Blocks(content))
        {
            if (block.AsObject().Required("type").AsString() == "image")
            {
                into.AddMedia(ReadImage(block));
            }
            else
            {
                into.AddText(AnthropicConversation.ReadText(block));
            }
        }
    }

    private static ApiException Refuse(RequestNode type) => type.AsString() == "file"
        ? RequestMedia.RefuseFile(type, "the data itself, as 'base64'")
        : type.Unsupported($"{type.Path}: a source of this type is not supported here. Send the data itself, as 'base64'.");
}
