namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>What an editor is told of our server. Never a token: the file may be shared, synchronised or committed.</summary>
/// <param name="Command">Started without a shell.</param>
/// <param name="Broker">Null for the default, which then need not be told.</param>
internal sealed record ServerEntry(string Command, IReadOnlyList<string> Arguments, string? Broker)
{
    /// <summary>The server's name in every editor.</summary>
    public const string Name = "polydev";

    public const string BrokerVariable = "POLYDEV_BROKER_URL";
}

/// <summary>A format in which editors keep their MCP servers. Only our entry is touched; anything else is an exception.</summary>
internal interface IEntryFormat
{
    /// <summary>Adds the entry, or sets of an existing one what we own. Changes nothing when it says all that already.</summary>
    /// <exception cref="UnsafeFileException">It cannot be done without touching more.</exception>
    void Put(EditedText text, ServerEntry entry);

    /// <summary>Takes the entry out again; changes nothing when there is none.</summary>
    /// <param name="before">
    /// The file as it was before the entry came in; null when there was no file. It decides whether what is empty afterwards was there.
    /// </param>
    /// <exception cref="UnsafeFileException">It cannot be done without touching more.</exception>
    void Remove(EditedText text, byte[]? before);

    bool Has(byte[] content);

    /// <summary>What a person can paste.</summary>
    string Snippet(ServerEntry entry);
}
