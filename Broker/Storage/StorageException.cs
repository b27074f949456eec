namespace Polydev.Broker.Storage;

/// <summary>The data folder or its database cannot be used; the message says why and what to do.</summary>
internal sealed class StorageException : Exception
{
    public StorageException(string message)
        : base(message)
    {
    }

    public StorageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
