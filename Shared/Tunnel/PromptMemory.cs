using System.Buffers;

namespace Polydev.Shared.Tunnel;

/// <summary>Blocks for what a caller wrote: none of it stays in a pool, and no pool keeps much.</summary>
public static class PromptMemory
{
    // The shared pool keeps as many blocks of a size as were ever out at once.
    private const int LargestShared = 512 * 1024;

    // Larger blocks are rare: a few of a size are kept, 14 MB in all, and none of the largest.
    private const int LargestPooled = 4 * 1024 * 1024;
    private const int Kept = 2;

    private static readonly ArrayPool<byte> Large = ArrayPool<byte>.Create(LargestPooled, Kept);

    /// <summary>At least that many bytes, of any content. Whoever has it gives it back by <see cref="Return"/>.</summary>
    public static byte[] Rent(int bytes) => PoolOf(bytes)?.Rent(bytes) ?? GC.AllocateUninitializedArray<byte>(bytes);

    /// <param name="used">How much of it holds a caller's text.</param>
    public static void Return(byte[] block, int used)
    {
        if (PoolOf(block.Length) is { } pool)
        {
            block.AsSpan(0, used).Clear();
            pool.Return(block);
        }
        else
        {
            LargeGarbage.Add(block.Length);
        }
    }

    private static ArrayPool<byte>? PoolOf(int bytes) => bytes switch
    {
        <= LargestShared => ArrayPool<byte>.Shared,
        <= LargestPooled => Large,
        _ => null,
    };
}
