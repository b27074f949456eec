namespace Polydev.Shared.Tunnel;

/// <summary>
/// The room for items that arrive in parts, over all connections of a process: 64 MB, and 64 items. One broker sends at most an item's most
/// (48 MB) at a time, so that only a peer that does not keep to it, or a third broker beside two that drain, finds no room. Thread-safe.
/// </summary>
public sealed class PartialItems
{
    public const int MaxItems = 64;

    private readonly Lock _lock = new();
    private long _bytes;
    private int _items;

    public static long MaxBytes => 64 * 1024 * 1024;

    internal bool TryBegin()
    {
        lock (_lock)
        {
            if (_items >= MaxItems)
            {
                return false;
            }

            _items++;
            return true;
        }
    }

    internal bool TryHold(int bytes)
    {
        lock (_lock)
        {
            if (_bytes + bytes > MaxBytes)
            {
                return false;
            }

            _bytes += bytes;
            return true;
        }
    }

    /// <summary>An item is whole, or given up.</summary>
    internal void End(long bytes)
    {
        lock (_lock)
        {
            _items--;
            _bytes -= bytes;
        }
    }
}

/// <summary>Too much arrives in parts at once: this item is given up. Trying again later can help.</summary>
public sealed class NoRoomForPartsException(string workId) : Exception($"There is no room for the parts of {workId}.");
