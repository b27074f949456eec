using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Dialects;

/// <summary>One answer, streamed: turns each event into the dialect's frames at once. Belongs to one call.</summary>
internal interface IAnswerStream : IDisposable
{
    /// <summary>The Content-Type of the response: <c>text/event-stream</c>, or <c>application/json</c> for Google's array.</summary>
    string ContentType { get; }

    /// <summary>
    /// Writes what this event is in the dialect, with everything that must precede it; nothing, where the dialect has no word for it. Takes
    /// every event but Started and Failed; after Finished the stream is whole.
    /// </summary>
    void Write(WorkEvent next);

    /// <summary>Says that we live: a comment, or an event of the dialect's own that changes nothing. May come before any other.</summary>
    void WriteKeepAlive();

    /// <summary>Ends the stream with the dialect's mid-stream error.</summary>
    void WriteFailure(ApiError error, string requestId);
}
