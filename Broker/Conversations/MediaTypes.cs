namespace Polydev.Broker.Conversations;

/// <summary>
/// The media types that are taken: pictures that all vendors take, and PDF. A picture's type is what its first bytes say, and where they
/// say nothing that is known here, what the caller says: the vendors refuse a picture under another type's name, and clients go by the
/// file's.
/// </summary>
internal static class MediaTypes
{
    public const string Pdf = "application/pdf";

    private const string Png = "image/png";
    private const string Jpeg = "image/jpeg";
    private const string Gif = "image/gif";
    private const string WebP = "image/webp";

    /// <summary>For the header Accept: what is taken, then whatever a server has.</summary>
    public const string Accepted = $"{Png}, {Jpeg}, {WebP}, {Gif}, {Pdf}, */*;q=0.1";

    // A type in an error's message: longer ones are no types, and might be anything of the caller's.
    private const int LongestShown = 60;

    // Readers of PDF look so far for its first line.
    private const int PdfHead = 1024;

    /// <summary>The type as we write it; null where it is none of ours. Case and parameters do not count.</summary>
    public static string? Known(string stated) => stated.Split(';')[0].Trim().ToLowerInvariant() switch
    {
        Png => Png,
        Jpeg or "image/jpg" => Jpeg,
        Gif => Gif,
        WebP => WebP,
        Pdf => Pdf,
        _ => null,
    };

    /// <summary>The type that a part is handed on under.</summary>
    /// <param name="known">What <see cref="Known"/> made of the caller's word.</param>
    public static string Of(string known, ReadOnlySpan<byte> data) => known == Pdf ? Pdf : Seen(data) ?? known;

    /// <summary>
    /// The same of what was fetched; null: it is not what may stand in its place. The server says which of them it is, and where it does
    /// not know, the caller, or else the first bytes.
    /// </summary>
    /// <param name="served">As the server says, without parameters; null: it says none.</param>
    public static string? OfFetched(MediaAddress address, string? served, ReadOnlySpan<byte> data)
    {
        var known = IsGeneric(served) ? address.Stated ?? Seen(data) ?? (IsPdf(data) ? Pdf : null) : Known(served!);
        return known is not null && address.Kinds.Take(known) ? Of(address.Stated ?? known, data) : null;
    }

    public static bool IsPdf(ReadOnlySpan<byte> data) => data[..Math.Min(data.Length, PdfHead)].IndexOf("%PDF-"u8) >= 0;

    public static bool Take(this MediaKinds kinds, string known) =>
        kinds.HasFlag(KindOf(known));

    public static MediaKinds KindOf(string known) => known == Pdf ? MediaKinds.Documents : MediaKinds.Images;

    /// <summary>For an error's message.</summary>
    public static string Words(this MediaKinds kinds) => kinds switch
    {
        MediaKinds.Images => $"'{Png}', '{Jpeg}', '{Gif}' and '{WebP}' are",
        MediaKinds.Documents => $"'{Pdf}' is",
        _ => $"'{Png}', '{Jpeg}', '{Gif}', '{WebP}' and '{Pdf}' are",
    };

    /// <summary>A caller's type for an error's message: nothing else that may stand in its place.</summary>
    public static string Shown(string? stated) =>
        stated?.Length <= LongestShown && stated.All(letter => char.IsAsciiLetterOrDigit(letter) || "/+-._;= ".Contains(letter))
            ? $"the type '{stated}'"
            : "another type";

    // What servers say of a file that they know no type for.
    private static bool IsGeneric(string? served) =>
        served is null || served.ToLowerInvariant() is "" or "application/octet-stream" or "binary/octet-stream";

    private static string? Seen(ReadOnlySpan<byte> data) => data switch
    {
        _ when data.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) => Png,
        _ when data.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) => Jpeg,
        _ when data.StartsWith("GIF8"u8) => Gif,
        _ when data.StartsWith("RIFF"u8) && data.Length >= 12 && data[8..].StartsWith("WEBP"u8) => WebP,
        _ => null,
    };
}

/// <summary>What may stand in a place of a request.</summary>
[Flags]
internal enum MediaKinds
{
    Images = 1,
    Documents = 2,
    All = Images | Documents,
}
