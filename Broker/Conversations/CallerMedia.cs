using Polydev.Protos.V1;

namespace Polydev.Broker.Conversations;

/// <summary>A picture or a document of the caller's: what a tunnel gets of it, and how to name it to the caller.</summary>
/// <param name="Path">Where its data stands in the request, in the caller's words.</param>
internal sealed record CallerMedia(MediaPart Part, FieldPath Path)
{
    /// <summary>The result of a tool that it stands in; null in a message of the user's.</summary>
    public ToolResultPart? Result { get; init; }

    /// <summary>Where it lies; null where it was sent as data, which most are.</summary>
    public MediaAddress? Address { get; init; }

    /// <summary>It is still to be fetched. What comes is never empty.</summary>
    public bool IsAwaited => Address is not null && Part.Data.IsEmpty;

    /// <summary>What is only known once it has come counts as a picture until then.</summary>
    public bool IsDocument => Part.MimeType == MediaTypes.Pdf;
}
