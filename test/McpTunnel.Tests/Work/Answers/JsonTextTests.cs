using Polydev.McpTunnel.Work.Answers;

namespace Polydev.McpTunnel.Tests.Work.Answers;

internal sealed class JsonTextTests
{
    [TestCase("{\"a\":1}", "{\"a\":1}")]
    [TestCase("  \n{\"a\":1}\n", "{\"a\":1}")]
    [TestCase("```json\n{\"a\":1}\n```", "{\"a\":1}")]
    [TestCase("\n```\r\n[1,\n2]\n```\n\n", "[1,\n2]")]
    [TestCase("```JSON \n\"x`y\"\n```", "\"x`y\"")]
    [TestCase("{\"code\":\"```\"}", "{\"code\":\"```\"}")]
    [TestCase("42", "42")]
    [TestCase("", "")]
    [TestCase("Here it is: {\"a\":1}", "Here it is: {\"a\":1}")]
    [TestCase("```", "```")]
    public void Take_TextInAnyPieces_GivesTheJsonAlone(string text, string expected)
    {
        for (var size = 1; size <= Math.Max(1, text.Length); size++)
        {
            var filter = new JsonText();
            var given = string.Concat(text.Chunk(size).Select(piece => filter.Take(new string(piece)))) + filter.Release();

            Assert.That(given, Is.EqualTo(expected), $"pieces of {size}");
        }
    }

    /// <summary>A caller who reads the answer as it comes is not kept waiting for its end.</summary>
    [Test]
    public void Take_OnceItHasBegun_HoldsNothingButWhatMayBeTheEnd()
    {
        var filter = new JsonText();

        Assert.That(
            new[] { "```js", "on\n{\"a\"", ":[1, ", "2]}\n``", "`" }.Select(filter.Take),
            Is.EqualTo((string[])["", "{\"a\"", ":[1,", " 2]}", ""]));
    }

    [Test]
    public void Take_ALongStart_IsNotHeldForEver()
    {
        var filter = new JsonText();

        Assert.That(filter.Take("```" + new string('x', 100)), Is.Not.Empty);
    }
}
