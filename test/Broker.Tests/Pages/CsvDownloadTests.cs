using Polydev.Broker.Pages.Frame;

namespace Polydev.Broker.Tests.Pages;

public sealed class CsvDownloadTests
{
    [TestCase("", "")]
    [TestCase("plain", "plain")]
    [TestCase("a,b", "\"a,b\"")]
    [TestCase("a \"b\"", "\"a \"\"b\"\"\"")]
    [TestCase("two\nlines", "\"two\nlines\"")]
    [TestCase("=1+1", "'=1+1")]
    [TestCase("+1", "'+1")]
    [TestCase("-1", "'-1")]
    [TestCase("@SUM(A1)", "'@SUM(A1)")]
    [TestCase("\t=1", "'\t=1")]
    [TestCase("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"")]
    [TestCase("a=1", "a=1")]
    public void Cell_Written_IsOneCellAndNoFormula(string text, string written) =>
        Assert.That(CsvDownload.Cell(text), Is.EqualTo(written));
}
