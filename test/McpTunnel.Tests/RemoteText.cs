namespace Polydev.McpTunnel.Tests;

/// <summary>What a CLI, a caller or a broker may say of itself, and what must be left of it where a person or a model reads it.</summary>
internal static class RemoteText
{
    public const string Odd = "odd\u001b[2J\u202e\nforged";

    /// <summary><see cref="Odd"/> made plain.</summary>
    public const string Plain = "odd [2J forged";

    public static readonly string Endless = Odd + new string('x', 100_000);

    /// <summary>Fails where the text could move a cursor, turn its direction, begin a line of its own, or has no end.</summary>
    public static void AssertPlain(string text, int longest)
    {
        Assert.That(text.Where(character => character is '\u001b' or '\u202e'), Is.Empty);
        Assert.That(text.Split('\n'), Has.None.StartsWith("forged"));
        Assert.That(text, Has.Length.LessThanOrEqualTo(longest));
    }
}
