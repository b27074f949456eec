namespace Polydev.Broker.Storage;

/// <summary>Where the broker keeps what must outlive it.</summary>
internal sealed record StorageOptions
{
    /// <summary>A folder, made for this user alone where it does not exist.</summary>
    public required string DataFolder { get; init; }
}
