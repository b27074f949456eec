namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>An item of a streamed response while it grows.</summary>
internal interface IResponseOutput
{
    /// <summary>The item as it stands now.</summary>
    ResponseItem Item { get; }

    /// <summary>Says what the item has become; once only.</summary>
    /// <param name="status">"completed" or "incomplete".</param>
    void Close(string status);
}
