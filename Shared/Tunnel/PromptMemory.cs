using System.Buffers;

namespace Polydev.Shared.Tunnel;

/// <summary>Blocks for what a caller wrote: none of it stays in a pool, and no pool keeps a large one.</summary>
public static class PromptMemory
{
    // Larger blocks are rare: a pool would keep as many of them as were ever out at once.
    private const int LargestPooled = 1024 * 1024;

    /// <summary>At least that many bytes, of any content. Whoever has it gives it back by <see cref="Return"/>.</summary>
    public static byte[] Rent(int bytes) =>
        bytes <= LargestPooled ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);

    /// <param name="used">How much of it holds a caller's text.</param>
    public static void Return(byte[] block, int used)
    {
        if (block.Length <= LargestPooled)
        {
            block.AsSpan(0, used).Clear();
            ArrayPool<byte>.Shared.Return(block);
        }
        else
        {
            LargeGarbage.Add(block.Length);
        }
    }
}
