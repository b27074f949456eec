using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Conversations;

/// <summary>
/// How much one request may hold (docs/designs/0003), far beyond what clients send: what crosses a bound is a 400 that names the field.
/// Lengths are in UTF-16 units.
/// </summary>
internal static class RequestBounds
{
    /// <summary>Entries of the conversation's list, whatever the dialect calls them.</summary>
    public const int Messages = 10_000;

    /// <summary>Texts, pictures, documents, thoughts, calls and results of a conversation, in all.</summary>
    public const int Parts = 50_000;

    public const int ToolId = TunnelProtocol.MaxToolIdChars;
    public const int ToolName = TunnelProtocol.MaxToolNameChars;

    /// <summary>Tools of one request: OpenAI's own bound.</summary>
    public const int Tools = 128;

    /// <summary>The name of a tool that is offered; those of calls that were made once may be longer.</summary>
    public const int OfferedName = 128;

    /// <summary>What a caller says of a tool, or of the form of the answer.</summary>
    public const int Description = 64 * 1024;

    /// <summary>Of one schema, a tool's or the answer's, in UTF-8.</summary>
    public const int SchemaBytes = 256 * 1024;

    /// <summary>Levels of JSON in one schema: a CLI puts it into messages of its own.</summary>
    public const int SchemaDepth = 64;

    /// <summary>
    /// Of one picture or document, decoded, in bytes: about what Google takes in a request. What all of them may come to, the body's 32 MB
    /// say.
    /// </summary>
    public const int MediaBytes = 20_000_000;

    public const int MediaType = 200;

    /// <summary>Of the address of a picture or a document. Signed ones of the clouds' stores come to 2,000.</summary>
    public const int Address = 8_192;

    /// <summary>Different ones in a request: each costs the broker a connection. Anthropic takes 100 pictures in a request.</summary>
    public const int Addresses = 100;

    /// <summary>A document's title, or the name of its file.</summary>
    public const int MediaTitle = 1_000;

    public const int ModelId = 200;
    public const int StopSequence = TunnelProtocol.MaxStopChars;
}
