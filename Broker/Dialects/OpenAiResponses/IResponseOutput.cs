namespace Polydev.Broker.Dialects.OpenAiResponses;

/// <summary>An item of a streamed response while it grows.</summary>
internal interface IResponseOutput
{
    /// <summary>The item as it stands now; "incomplete" until it is closed.</summary>
    ResponseItem Item { get; }

    /// <summary>Writes what the item has become. Later calls change nothing.</summary>
    /// <param name="status">"completed" or "incomplete".</param>
    void Close(string status);
}
