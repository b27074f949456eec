using Microsoft.ML.Tokenizers;

namespace Polydev.Broker.Api.Counting;

/// <summary>
/// Counts text as OpenAI's models of today do (<c>o200k_base</c>). The vocabulary, some 60 MB, is read when the first text is counted.
/// </summary>
internal sealed class GptTokens
{
    // The library's work on one piece grows with the square of its length; letters in a row, or signs, or blanks, are one piece.
    private const int LongestRun = 256;

    private readonly Lazy<TiktokenTokenizer> _tokenizer = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));

    /// <param name="isCut">A run of more than 256 letters, signs or blanks was counted in parts: a token too many for some of them.</param>
    public ulong CountOf(string text, out bool isCut)
    {
        var (tokens, from) = (0UL, 0);
        for (var end = EndOfPart(text, 0); end < text.Length; end = EndOfPart(text, from))
        {
            tokens += Count(text.AsSpan(from, end - from));
            from = end;
        }

        isCut = from > 0;
        return tokens + Count(text.AsSpan(from));
    }

    // Where a run gets too long, else the end.
    private static int EndOfPart(string text, int from)
    {
        var run = 0;
        for (var at = from + 1; at < text.Length; at++)
        {
            run = KindOf(text[at]) == KindOf(text[at - 1]) ? run + 1 : 0;
            if (run == LongestRun)
            {
                return char.IsLowSurrogate(text[at]) ? at - 1 : at;
            }
        }

        return text.Length;
    }

    private static int KindOf(char letter) =>
        char.IsWhiteSpace(letter) ? 0 : char.IsAsciiLetterOrDigit(letter) || letter > '\x7f' ? 1 : 2;

    private ulong Count(ReadOnlySpan<char> text) => (ulong)_tokenizer.Value.CountTokens(text);
}
