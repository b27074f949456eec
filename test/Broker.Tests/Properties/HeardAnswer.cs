namespace Polydev.Broker.Tests.Properties;

/// <summary>All that a client hears of an answer.</summary>
/// <param name="Reason">In the dialect's own word.</param>
internal sealed record HeardAnswer(IReadOnlyList<HeardPiece> Pieces, string? Reason, HeardUsage Usage)
{
    public static void AssertSame(HeardAnswer heard, HeardAnswer expected)
    {
        Assert.That(heard.Pieces, Is.EqualTo(expected.Pieces));
        Assert.That((heard.Reason, heard.Usage), Is.EqualTo((expected.Reason, expected.Usage)));
    }
}

/// <summary>Tokens in the dialect's own counting; what it does not tell is 0.</summary>
internal sealed record HeardUsage(ulong Input, ulong Output, ulong CacheRead, ulong CacheWritten, ulong Thought);

internal enum PieceKind
{
    // In this order where the dialect keeps none between them.
    Thought,
    Text,
    Call,
}

/// <summary>A text, a thought or a call.</summary>
/// <param name="Text">Of a call: its arguments.</param>
internal sealed record HeardPiece(PieceKind Kind, string Text)
{
    public string Id { get; init; } = string.Empty;

    public string Name { get; init; } = string.Empty;

    public string Signature { get; init; } = string.Empty;

    /// <summary>The answer ended within the call.</summary>
    public bool IsCut { get; init; }

    public static HeardPiece OfText(string text) => new(PieceKind.Text, text);

    public static HeardPiece OfThought(string text, string signature = "") => new(PieceKind.Thought, text) { Signature = signature };

    public static HeardPiece OfCall(string id, string name, string arguments) => new(PieceKind.Call, arguments) { Id = id, Name = name };

    /// <summary>Texts that follow each other are one, thoughts up to their signature too; what is empty is nothing.</summary>
    public static IReadOnlyList<HeardPiece> Join(IEnumerable<HeardPiece> pieces)
    {
        var joined = new List<HeardPiece>();
        foreach (var piece in pieces.Where(piece => piece.Kind == PieceKind.Call || piece.Text.Length + piece.Signature.Length > 0))
        {
            var isMore = joined is [.., var last] && last.Kind == piece.Kind && piece.Kind != PieceKind.Call && last.Signature.Length == 0;
            if (isMore)
            {
                joined[^1] = piece with { Text = joined[^1].Text + piece.Text };
            }
            else
            {
                joined.Add(piece);
            }
        }

        return joined;
    }
}
