using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects;

/// <summary>
/// Reads pictures and documents, which stand in a caller's JSON as base64. They are decoded once, where they lie in the body, and no text
/// is made of them: so an error's message holds nothing of them either.
/// </summary>
internal static class RequestMedia
{
    // "data:", a type with its parameters, "base64".
    private const int LongestHead = 300;

    /// <summary>A data URL (RFC 2397), <c>data:image/png;base64,…</c>, or an https address.</summary>
    public static CallerMedia ReadUrl(RequestNode url, MediaKinds kinds, string title = "")
    {
        var text = TextOf(url);
        if (IsAddress(text))
        {
            return ReadAddress(url, kinds, title);
        }

        var head = text[..Math.Min(text.Length, LongestHead)];
        var comma = head.IndexOf((byte)',');
        if (!IsDataUrl(text) || comma < 0 || !EndsWith(head[..comma], ";base64"u8))
        {
            throw Refuse(url, "expected an https address, or a data: URL with base64 (data:image/png;base64,…).");
        }

        var type = Encoding.Latin1.GetString(head["data:".Length..(comma - ";base64".Length)]);
        return Read(url, text[(comma + 1)..], (url, type), kinds, title);
    }

    /// <summary>An https address. What lies there is fetched later: a reader does none of that.</summary>
    /// <param name="stated">Its type, as <see cref="MediaTypes.Known"/> writes it; null: the caller does not say.</param>
    public static CallerMedia ReadAddress(RequestNode url, MediaKinds kinds, string title = "", string? stated = null)
    {
        if (!Uri.TryCreate(url.AsString(RequestBounds.Address), UriKind.Absolute, out var address))
        {
            throw Refuse(url, "expected an https address.");
        }

        if (MediaAddress.Problem(address) is { } problem)
        {
            throw Refuse(url, $"{problem}.");
        }

        var type = stated ?? (kinds == MediaKinds.Documents ? MediaTypes.Pdf : string.Empty);
        return new CallerMedia(new MediaPart { MimeType = type, Title = title }, url.Place!)
        {
            Address = new MediaAddress(address, stated is null ? kinds : MediaTypes.KindOf(stated), stated),
        };
    }

    /// <summary>A PDF as OpenAI's files have it: as a data URL, or as base64 alone.</summary>
    public static CallerMedia ReadFile(RequestNode data, string title)
    {
        var text = TextOf(data);
        if (IsAddress(text))
        {
            throw Refuse(data, "an address stands in 'file_url', and not where the data does.");
        }

        if (IsDataUrl(text))
        {
            return ReadUrl(data, MediaKinds.Documents, title);
        }

        var file = Read(data, text, (data, MediaTypes.Pdf), MediaKinds.Documents, title);
        return MediaTypes.IsPdf(file.Part.Data.Span)
            ? file
            : throw Refuse(data, "the data is no PDF. Only PDF files are taken here.");
    }

    /// <summary>Base64, with its type beside it.</summary>
    public static CallerMedia Read(RequestNode data, RequestNode type, MediaKinds kinds, string title = "") =>
        Read(data, TextOf(data), (type, type.AsString(RequestBounds.MediaType)), kinds, title);

    /// <summary>The same in Google's JSON, which takes base64 in both alphabets, padded or not.</summary>
    public static CallerMedia ReadGoogles(RequestNode data, RequestNode type, string title) =>
        Read(data, TextOf(data), (type, type.AsString(RequestBounds.MediaType)), MediaKinds.All, title, inBothAlphabets: true);

    /// <summary>Google's <c>fileData</c> with an https address.</summary>
    /// <param name="type">Null: the caller does not say.</param>
    public static CallerMedia ReadGooglesAddress(RequestNode url, RequestNode? type, string title)
    {
        var stated = type is { } place ? KnownOf(place, place.AsString(RequestBounds.MediaType), MediaKinds.All) : null;
        return ReadAddress(url, MediaKinds.All, title, stated);
    }

    /// <summary>Data that lies in a store of the vendor's.</summary>
    /// <param name="instead">The way to send the data itself, in the dialect's words.</param>
    public static ApiException RefuseFile(RequestNode place, string instead) =>
        Refuse(place, $"no files are stored here. Send an https address, or {instead}.");

    private static CallerMedia Read(
        RequestNode data,
        ReadOnlySpan<byte> base64,
        (RequestNode Place, string Stated) type,
        MediaKinds kinds,
        string title,
        bool inBothAlphabets = false)
    {
        var known = KnownOf(type.Place, type.Stated, kinds);
        var bytes = Decode(data, base64, inBothAlphabets);
        var part = new MediaPart
        {
            MimeType = MediaTypes.Of(known, bytes),
            Data = UnsafeByteOperations.UnsafeWrap(bytes),
            Title = title,
        };
        return new CallerMedia(part, data.Place!);
    }

    private static string KnownOf(RequestNode place, string stated, MediaKinds kinds) =>
        MediaTypes.Known(stated) is { } known && kinds.Take(known)
            ? known
            : throw Refuse(place, $"{MediaTypes.Shown(stated)} is not taken here, only {kinds.Words()}.");

    private static byte[] Decode(RequestNode data, ReadOnlySpan<byte> base64, bool inBothAlphabets)
    {
        var digits = base64.TrimEnd((byte)'=');
        if (digits.IsEmpty)
        {
            throw Refuse(data, "the data is empty.");
        }

        if (digits.Length * 3L / 4 > RequestBounds.MediaBytes)
        {
            throw Refuse(data, $"the data comes to more than {RequestBounds.MediaBytes / 1_000_000} MB.");
        }

        return DecodeAsItIs(base64) ?? (inBothAlphabets ? DecodeInEither(digits) : null) ?? throw Refuse(data, "the data is not base64.");
    }

    // White space, which the decoder passes over and the vendors refuse, makes less of it than its length says.
    private static byte[]? DecodeAsItIs(ReadOnlySpan<byte> base64)
    {
        if (base64.Length % 4 > 0)
        {
            return null;
        }

        var bytes = new byte[base64.TrimEnd((byte)'=').Length * 3L / 4];
        return Base64.DecodeFromUtf8(base64, bytes, out _, out var written) == OperationStatus.Done && written == bytes.Length
            ? bytes
            : null;
    }

    private static byte[]? DecodeInEither(ReadOnlySpan<byte> digits)
    {
        var urlSafe = digits.ToArray();
        urlSafe.AsSpan().Replace((byte)'+', (byte)'-');
        urlSafe.AsSpan().Replace((byte)'/', (byte)'_');
        var bytes = new byte[urlSafe.Length * 3L / 4];
        return Base64Url.DecodeFromUtf8(urlSafe, bytes, out _, out var written) == OperationStatus.Done && written == bytes.Length
            ? bytes
            : null;
    }

    /// <summary>A string's UTF-8, in the body itself where nothing in it is escaped.</summary>
    private static ReadOnlySpan<byte> TextOf(RequestNode node)
    {
        if (node.Kind != JsonValueKind.String)
        {
            throw node.WrongType("a string");
        }

        var raw = JsonMarshal.GetRawUtf8Value(node.Value);
        if (!raw.Contains((byte)'\\'))
        {
            return raw[1..^1];
        }

        // PHP writes each slash as \/.
        var reader = new Utf8JsonReader(raw);
        reader.Read();
        var text = new byte[raw.Length];
        try
        {
            return text.AsSpan(0, reader.CopyString(text));
        }
        catch (InvalidOperationException)
        {
            throw Refuse(node, "the data is not base64.");
        }
    }

    private static bool IsAddress(ReadOnlySpan<byte> text) => StartsWith(text, "http://"u8) || StartsWith(text, "https://"u8);

    private static bool IsDataUrl(ReadOnlySpan<byte> text) => StartsWith(text, "data:"u8);

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length >= start.Length && Ascii.EqualsIgnoreCase(text[..start.Length], start);

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) =>
        text.Length >= end.Length && Ascii.EqualsIgnoreCase(text[^end.Length..], end);

    private static ApiException Refuse(RequestNode place, string message) => place.Unsupported($"Invalid '{place.Path}': {message}");
}
