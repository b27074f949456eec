using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

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

    [TestCase("two\nlines\tand\r", "two lines and")]
    [TestCase("\u001b[31mred\u0007", "[31mred")]
    [TestCase("a\u202etxt.exe\u200b", "atxt.exe")]
    [TestCase("one\u2028two", "onetwo")]
    public void Line_WhatATerminalWouldObey_IsTakenOut(string text, string line) => Assert.That(WireText.Line(text, 100), Is.EqualTo(line));

    private static string Halves(string text) => text.Replace('<', '\ud83d').Replace('>', '\ude00').Replace('?', '\ufffd');
}
