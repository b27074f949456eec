using System.Text.Json.Serialization.Metadata;

namespace Polydev.Broker.Dialects.Gemini;

/// <summary>How the objects of a stream follow one another: as server-sent events, or as the elements of one JSON array.</summary>
internal interface IGeminiFrames : IDisposable
{
    string ContentType { get; }

    void Write<T>(T next, JsonTypeInfo<T> type);

    void WriteKeepAlive();

    /// <summary>Ends the stream after its last object.</summary>
    void WriteEnd();
}
