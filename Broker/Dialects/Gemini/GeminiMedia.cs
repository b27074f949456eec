using System.Text.Json;
using Polydev.Broker.Conversations;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>Reads <c>inlineData</c> and <c>fileData</c>, of a user's content or of a function's response.</summary>
internal static class GeminiMedia
{
    // Of what callers have uploaded there: its addresses need the caller's key of Google's.
    private const string FilesApi = "generativelanguage.googleapis.com";

    /// <returns>Null where the part is of another kind.</returns>
    public static CallerMedia? Read(RequestNode part)
    {
        if (part.Kind != JsonValueKind.Object)
        {
            return null;
        }

        if (part.Optional("fileData", "file_data") is { } file)
        {
            return ReadFile(file.AsObject());
        }

        if (part.Optional("inlineData", "inline_data")?.AsObject() is not { } inline)
        {
            return null;
        }

        var type = inline.Optional("mimeType", "mime_type") ?? inline.Required("mimeType");
        return RequestMedia.ReadGoogles(inline.Required("data"), type, TitleOf(inline));
    }

    private static CallerMedia ReadFile(RequestNode file)
    {
        var url = file.Optional("fileUri", "file_uri") ?? file.Required("fileUri");
        return Uri.TryCreate(url.AsString(RequestBounds.Address), UriKind.Absolute, out var address)
            && (address.Scheme == "gs" || address.Host == FilesApi)
            ? throw RequestMedia.RefuseFile(url, "the data itself, as 'inlineData'")
            : RequestMedia.ReadGooglesAddress(url, file.Optional("mimeType", "mime_type"), TitleOf(file));
    }

    private static string TitleOf(RequestNode blob) =>
        blob.Optional("displayName", "display_name")?.AsString(RequestBounds.MediaTitle) ?? string.Empty;
}
