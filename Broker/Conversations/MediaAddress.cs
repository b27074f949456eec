namespace Polydev.Broker.Conversations;

/// <summary>The https address of a picture or a document, which is fetched once it is known who is to answer.</summary>
/// <param name="Kinds">What may stand in its place.</param>
/// <param name="Stated">The type that the caller gives it, as <see cref="MediaTypes.Known"/> writes it; null: he gives none.</param>
internal sealed record MediaAddress(Uri Url, MediaKinds Kinds, string? Stated = null)
{
    private const int HttpsPort = 443;

    /// <summary>
    /// Why nothing is fetched from there, for an error's message; null where its own form speaks against nothing. Where its host leads is
    /// seen as it is fetched.
    /// </summary>
    public static string? Problem(Uri url) => url switch
    {
        { Scheme: not "https" } => "only https addresses are fetched: use https, or send the data itself",
        { UserInfo.Length: > 0 } => "addresses with a user name or a password are not fetched: leave it out",
        { Port: not HttpsPort } => $"addresses are fetched from port {HttpsPort} alone: leave the port out, or send the data itself",
        { Host.Length: 0 } => "the address names no host",
        _ => null,
    };
}
