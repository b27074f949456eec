using System.Text.Json;
using Polydev.Broker.Conversations;

namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>
/// Reads pictures and PDF files: Chat's <c>image_url</c> and <c>file</c>, Responses' <c>input_image</c> and <c>input_file</c>. Clients mix
/// them, and some write Chat's picture as a string. A picture may be an https address, and a file has one in <c>file_url</c>.
/// </summary>
internal static class OpenAiMedia
{
    /// <param name="source">The field that the conversation is read from.</param>
    /// <returns>Null where the part is of another kind.</returns>
    public static CallerMedia? Read(RequestNode part, string source, List<RequestedFeature> requested) =>
        part.Required("type").AsString() switch
        {
            "image_url" or "input_image" => ReadImage(part, source, requested),
            "file" => ReadFile(part.Required("file").AsObject()),
            "input_file" => ReadFile(part),
            _ => null,
        };

    private static CallerMedia ReadImage(RequestNode part, string source, List<RequestedFeature> requested)
    {
        if (part.Optional("file_id") is { } id)
        {
            throw RequestMedia.RefuseFile(id, "the data itself as a data: URL, in 'image_url'");
        }

        var image = part.Required("image_url");
        var isNested = image.Kind == JsonValueKind.Object;
        if ((isNested ? image : part).String("detail") is { } detail && detail != "auto")
        {
            // How closely the model is to look: no CLI can be told.
            RequestedFeature.PassOver(requested, source, "detail");
        }

        return RequestMedia.ReadUrl(isNested ? image.Required("url") : image, MediaKinds.Images);
    }

    private static CallerMedia ReadFile(RequestNode file)
    {
        if (file.Optional("file_id") is { } id)
        {
            throw RequestMedia.RefuseFile(id, "the data itself in 'file_data'");
        }

        var name = file.Optional("filename")?.AsString(RequestBounds.MediaTitle) ?? string.Empty;
        return file.Optional("file_url") is { } url
            ? RequestMedia.ReadAddress(url, MediaKinds.Documents, name)
            : RequestMedia.ReadFile(file.Required("file_data"), name);
    }
}
