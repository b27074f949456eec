using System.Text;

namespace Polydev.Benchmarks.Relay;

/// <summary>One kind of call, how many of them at once, and how much of the floor's rate is to be reached with it.</summary>
/// <param name="Warmup">Calls of each side before the first round: by then the runtime has compiled the hot path for good.</param>
/// <param name="PerRound">Calls of each side in each round.</param>
internal sealed record RelayLoad(string Name, string Title, int AtOnce, int Warmup, int PerRound, double Target, byte[] Body, bool Streams)
{
    private const int Chunks = 64;

    public static IReadOnlyList<RelayLoad> All { get; } =
    [
        new("whole", "whole answers, 8 at once", 8, 80000, 4000, 0.60, Question("hello there", stream: false), false),
        new("streams", $"64 streams at once of {Chunks} chunks", 64, 1024, 512, 0.45, Question(Words(Chunks, 6), stream: true), true),

        // As many words as a stream has, each of 16 kB: this is about the bytes, not about the pieces.
        new("large", "1 MB bodies, 4 at once", 4, 240, 80, 0.80, Question(Words(Chunks, 16 * 1024), stream: false), false),
    ];

    /// <summary>Chunks with text in a whole answer's stream; 0: not a stream.</summary>
    public int Pieces => Streams ? Chunks : 0;

    private static string Words(int count, int length) => string.Join(' ', Enumerable.Repeat(new string('w', length - 1), count));

    private static byte[] Question(string text, bool stream) => Encoding.UTF8.GetBytes(
        $$"""{"model":"polydev-echo","messages":[{"role":"user","content":"{{text}}"}],"stream":{{(stream ? "true" : "false")}}}""");
}
