using Polydev.Broker.Api.Counting;

namespace Polydev.Broker.Tests.Api.Counting;

/// <summary>Counts of <c>o200k_base</c>. The expected figures are OpenAI's own library's (tiktoken).</summary>
internal sealed class GptTokensTests
{
    private static readonly GptTokens Tokens = new();

    [TestCase("", 0)]
    [TestCase("hello world", 2)]
    [TestCase("tiktoken is great!", 6)]
    [TestCase("2 + 2 = 4", 7)]
    [TestCase("antidisestablishmentarianism", 6)]
    public void CountOf_Text_IsOpenAis(string text, int tokens)
    {
        Assert.That(Tokens.CountOf(text, out var isCut), Is.EqualTo((ulong)tokens));
        Assert.That(isCut, Is.False);
    }

    [TestCase('a')]
    [TestCase(' ')]
    [TestCase('=')]
    [TestCase('\n')]
    public void CountOf_AMegabyteOfOneLetter_Ends(char letter)
    {
        var tokens = Tokens.CountOf(new string(letter, 1_000_000), out var isCut);

        Assert.That(isCut, Is.True);
        Assert.That(tokens, Is.InRange(4_000UL, 400_000UL));
    }

    [Test]
    public void CountOf_ManyPairsOfSurrogates_CutsNone()
    {
        var smileys = string.Concat(Enumerable.Repeat("\ud83d\ude00", 1_000));

        Assert.That(Tokens.CountOf(smileys, out _), Is.InRange(1_000UL, 1_010UL));
    }

    [Test]
    public void CountOf_LongProse_IsTheSumOfItsLines()
    {
        const string Line = "The quick brown fox jumps over the lazy dog.\n";
        var one = Tokens.CountOf(Line, out _);

        Assert.That(Tokens.CountOf(string.Concat(Enumerable.Repeat(Line, 10_000)), out var isCut), Is.EqualTo(one * 10_000));
        Assert.That(isCut, Is.False);
    }
}
