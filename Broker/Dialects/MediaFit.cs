using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Dialects;

/// <summary>Which pictures and documents a route's CLI takes, and which of them reach its vendor otherwise than they were sent.</summary>
internal static class MediaFit
{
    /// <summary>
    /// Claude Code makes a JPEG of a larger picture (2.1.197, 2.1.330), in bytes. It begins about there: some are said to be altered and
    /// are not.
    /// </summary>
    public const int UnalteredByClaude = 500_000;

    /// <summary>Over one of 4 MB in a tool's result it breaks (2.1.197, 2.1.330), in bytes.</summary>
    public const int MostInAResultOfClaude = 3_500_000;

    // Codex makes a larger picture smaller (0.169.0): one over 2,048 pixels at a side, or of more than 2,500 squares of 32.
    private const int LongestSideOfCodex = 2048;
    private const int SquareOfCodex = 32;
    private const int MostSquaresOfCodex = 2500;

    private const string Update = "update its polydev-mcp";

    /// <exception cref="ApiException">The CLI does not take one of them: an answer without it would be to another question.</exception>
    public static void Check(Conversation conversation, ModelRoute route)
    {
        foreach (var media in conversation.Media)
        {
            if (!route.Honours.Contains(media.IsDocument ? RequestFeatures.Documents : RequestFeatures.Images))
            {
                throw Refuse(media, $"{NotTaken(media.IsDocument, route.Provider)}.");
            }

            if (route.Provider == Providers.Claude && media is { IsDocument: false, Result: not null }
                && media.Part.Data.Length > MostInAResultOfClaude)
            {
                throw Refuse(
                    media,
                    $"Claude Code fails over a picture of more than {MostInAResultOfClaude} bytes in a tool's result. Send a smaller one.");
            }
        }
    }

    public static IEnumerable<string> AlteredByClaude(Conversation conversation) =>
        PlacesOf(conversation, picture => picture.Data.Length > UnalteredByClaude);

    public static IEnumerable<string> AlteredByCodex(Conversation conversation) =>
        PlacesOf(conversation, picture => PictureSize.Of(picture.Data.Span) is { } size && !FitsCodex(size));

    private static IEnumerable<string> PlacesOf(Conversation conversation, Func<MediaPart, bool> isSought) => conversation.Media
        .Where(media => !media.IsDocument && isSought(media.Part))
        .Select(media => media.Path.ToString());

    private static bool FitsCodex(PictureSize size) => size is { Width: <= LongestSideOfCodex, Height: <= LongestSideOfCodex }
        && Squares(size.Width) * Squares(size.Height) <= MostSquaresOfCodex;

    private static int Squares(int pixels) => (pixels + SquareOfCodex - 1) / SquareOfCodex;

    // A CLI that could take them has a tunnel that is older than they are.
    private static string NotTaken(bool document, string provider) => (document, provider) switch
    {
        (true, Providers.Claude or Providers.Gemini) => $"PDF documents are not taken by this machine's {Named(provider)} yet: {Update}",
        (true, _) => $"PDF documents are not taken by {Named(provider)}: name a Claude or Gemini model",
        (false, Providers.Claude or Providers.Codex or Providers.Gemini) =>
            $"Images are not taken by this machine's {Named(provider)} yet: {Update}",
        _ => $"Images are not taken by {Named(provider)}: name a Claude, Codex or Gemini model",
    };

    private static string Named(string provider) => CompletionCall.NameOf(provider);

    private static ApiException Refuse(CallerMedia media, string message) =>
        new(ApiError.Invalid(media.Path.ToString(), $"Invalid '{media.Path}': {message}"));
}
