using System.Text;
using Polydev.Shared.Text;

namespace Polydev.Shared.Tests.Text;

public sealed class WireTextTests
{
    [TestCase("")]
    [TestCase("plain")]
    [TestCase("a 😀 pair, é and €")]
    public void Valid_NothingBroken_IsTheSameText(string text) => Assert.That(WireText.Valid(text), Is.SameAs(text));

    // An attribute holds no half pairs: '<' stands for the first half, '>' for the second.
    [TestCase("<", "?")]
    [TestCase(">", "?")]
    [TestCase("a<b", "a?b")]
    [TestCase("><", "??")]
    [TestCase("<><", "<>?")]
    [TestCase("<<>", "?<>")]
    public void Valid_HalfAPair_IsReplaced(string text, string valid) =>
        Assert.That(WireText.Valid(Halves(text)), Is.EqualTo(Halves(valid)));

    [TestCase("12345", "12345")]
    [TestCase("123456", "1234…")]
    [TestCase("123😀6", "123…")]
    [TestCase("12😀56", "12😀…")]
    public void Cut_LongerThanItMayBe_EndsWithAWholeCharacterAndSaysSo(string text, string cut) =>
        Assert.That(WireText.Cut(text, 5), Is.EqualTo(cut));

    [TestCase("")]
    [TestCase("""{"a":"\u00e9 \ud83d\ude00 \n"}""")]
    [TestCase("""{"a":"\\ud83d"}""", Description = "A backslash and letters.")]
    [TestCase("""{"a":"\ud8""", Description = "No JSON: its reader says so.")]
    [TestCase("\\")]
    public void ValidJson_NothingBroken_IsTheSame(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        Assert.That(WireText.ValidJson(bytes), Is.SameAs(bytes));
        Assert.That(Encoding.UTF8.GetString(bytes), Is.EqualTo(json));
    }

    [TestCase("""["\ud83d"]""", """["\ufffd"]""")]
    [TestCase("""["\uDE00\uD83D"]""", """["\ufffd\ufffd"]""")]
    [TestCase("""["\ud83d\ud83d\ude00"]""", """["\ufffd\ud83d\ude00"]""")]
    [TestCase("""["\ud83d\n","\ude00"]""", """["\ufffd\n","\ufffd"]""")]
    [TestCase("""["\\\ud83d"]""", """["\\\ufffd"]""")]
    public void ValidJson_HalfAPair_IsReplaced(string json, string valid) =>
        Assert.That(Encoding.UTF8.GetString(WireText.ValidJson(Encoding.UTF8.GetBytes(json))), Is.EqualTo(valid));

    [Test]
    public void ValidJson_BytesThatAreNoUtf8_AreReplaced() =>
        Assert.That(Encoding.UTF8.GetString(WireText.ValidJson([(byte)'"', 0xC3, (byte)'"'])), Is.EqualTo("\"\ufffd\""));

    private static string Halves(string text) => text.Replace('<', '\ud83d').Replace('>', '\ude00').Replace('?', '\ufffd');
}
