using System.Text.Json;
using Polydev.Broker.Conversations;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads <c>inlineData</c>, of a user's content or of a function's response.</summary>
internal static class GeminiMedia
{
    /// <returns>Null where the part is of another kind.</returns>
    public static CallerMedia? Read(RequestNode part)
    {
        if (part.Kind != JsonValueKind.Object)
        {
            return null;
        }

        if (part.Optional("fileData", "file_data") is { } file)
        {
            throw RequestMedia.RefuseAddress(file, "the data itself, as 'inlineData'");
        }

        if (part.Optional("inlineData", "inline_data")?.AsObject() is not { } inline)
        {
            return null;
        }

        var type = inline.Optional("mimeType", "mime_type") ?? inline.Required("mimeType");
        var title = inline.Optional("displayName", "display_name")?.AsString(RequestBounds.MediaTitle) ?? string.Empty;
        return RequestMedia.ReadGoogles(inline.Required("data"), type, title);
    }
}
