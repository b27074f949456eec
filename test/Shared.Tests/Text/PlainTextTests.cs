using Polydev.Shared.Text;

namespace Polydev.Shared.Tests.Text;

public sealed class PlainTextTests
{
    [TestCase("plain", "plain")]
    [TestCase("", "")]
    [TestCase(null, "")]
    [TestCase("Zoë 日本 🙂", "Zoë 日本 🙂")]
    [TestCase("two  spaces stay", "two  spaces stay")]
    [TestCase("a\u001b[2J\u001b]0;title\u0007b", "a [2J ]0;title b")]
    [TestCase("one\r\n2026-01-01 forged", "one 2026-01-01 forged")]
    [TestCase("a\u0085b\u2028c\u2029d\u007fe", "a b c d e")]
    [TestCase("user\u202egpj.exe", "usergpj.exe")]
    [TestCase("pay\u200bpal\ufeff\u00ad", "paypal")]
    [TestCase("tag \U000e0041\U000e0042!", "tag !")]
    public void Line_WhateverCame_IsOneLineThatShowsAllThereIs(string? text, string expected) =>
        Assert.That(PlainText.Line(text), Is.EqualTo(expected));

    // Not as a test case: an attribute's text is UTF-8, which knows no halves.
    [Test]
    public void Line_LoneSurrogates_AreGone() => Assert.That(PlainText.Line("half \ud83d and \ude00."), Is.EqualTo("half  and ."));

    [Test]
    public void Line_AHundredKilobytes_EndsInAnEllipsis()
    {
        var line = PlainText.Line(new string('x', 100_000), 60);

        Assert.That(line, Is.EqualTo(new string('x', 59) + "…"));
        Assert.That(PlainText.Line(new string('\n', 100_000) + "end"), Is.EqualTo(" end"));
        Assert.That(PlainText.Line(new string('x', 60), 60), Has.Length.EqualTo(60));
    }

    [Test]
    public void Line_CutInsideAPair_LeavesNoHalf()
    {
        Assert.That(PlainText.Line("abc🙂🙂", 5), Is.EqualTo("abc…"));
        Assert.That(PlainText.Line("🙂🙂", 1), Is.EqualTo("…"));
    }

    [Test]
    public void Paragraphs_AnAnswer_KeepsItsLinesTabsAndJoinedEmoji() => Assert.That(
        PlainText.Paragraphs("one\r\n\n\ttwo 👩\u200d💻\u001b[31m\u202e"),
        Is.EqualTo("one\n\n\ttwo 👩\u200d💻 [31m"));

    [Test]
    public void Paragraphs_AHundredKilobytes_StayWhole() =>
        Assert.That(PlainText.Paragraphs(new string('x', 100_000)), Has.Length.EqualTo(100_000));
}
