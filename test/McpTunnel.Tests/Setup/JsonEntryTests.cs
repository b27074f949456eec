using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Tests.Setup;

/// <summary>Our entry in JSON: <c>◊</c> stands for its member, on one line.</summary>
internal sealed class JsonEntryTests
{
    private const string Inline = "\"polydev\": {\"command\": \"/opt/polydev-mcp\", \"args\": []}";

    [TestCase("""{ "mcpServers": { "a": {} } }""", """{ "mcpServers": { "a": {}, ◊ } }""")]
    [TestCase("""{ "mcpServers": {} }""", """{ "mcpServers": {◊} }""")]
    [TestCase("""{ "x": 1 }""", """{ "x": 1, "mcpServers": {◊} }""")]
    [TestCase("""{ "x": [1, 2,], }""", """{ "x": [1, 2,], "mcpServers": {◊}, }""")]
    [TestCase("""{ "mcp\u0053ervers": { /* none */ } }""", """{ "mcp\u0053ervers": { /* none */◊ } }""")]
    [TestCase(
        """{ "mcpServers": { "a": 1 /* b */ , /* c */ "d": 2 } }""",
        """{ "mcpServers": { "a": 1 /* b */ , /* c */ "d": 2, ◊ } }""")]
    public void Put_OnOneLine_StaysOnOneLine(string before, string after) => Expect(before, after.Replace("◊", Inline));

    [Test]
    public void Put_Minified_StaysMinified() => Expect(
        """{"x":{"y":1},"mcpServers":{"a":{"command":"b"}}}""",
        """{"x":{"y":1},"mcpServers":{"a":{"command":"b"},"polydev":{"command":"/opt/polydev-mcp","args":[]}}}""");

    [Test]
    public void Put_WithTabsAndCrLf_WritesThem() => Expect(
        "{\r\n\t\"mcpServers\": {\r\n\t\t\"a\": {}\r\n\t}\r\n}\r\n",
        "{\r\n\t\"mcpServers\": {\r\n\t\t\"a\": {},\r\n\t\t\"polydev\": {\r\n\t\t\t\"command\": \"/opt/polydev-mcp\","
        + "\r\n\t\t\t\"args\": []\r\n\t\t}\r\n\t}\r\n}\r\n");

    [Test]
    public void Put_AfterComments_LeavesThemWhereTheyAre() => Expect(
        """
        // top
        {
            "mcpServers": {
                "a": 1 // about a
                // "b": 2
            } // end
        }
        // bottom
        """,
        """
        // top
        {
            "mcpServers": {
                "a": 1, // about a
                // "b": 2
                "polydev": {
                    "command": "/opt/polydev-mcp",
                    "args": []
                }
            } // end
        }
        // bottom
        """);

    [Test]
    public void Put_AfterTrailingComma_WritesOne() => Expect(
        """
        {
          "mcpServers": {
            "a": { "b": [1], },
          },
        }
        """,
        """
        {
          "mcpServers": {
            "a": { "b": [1], },
            "polydev": {
              "command": "/opt/polydev-mcp",
              "args": []
            },
          },
        }
        """);

    [TestCase("{}")]
    [TestCase("{ }")]
    [TestCase("{\n}\n")]
    [TestCase("{\n  \"mcpServers\": {}\n}")]
    [TestCase("{\n  \"mcpServers\": { }\n}")]
    [TestCase("{\n  \"mcpServers\":\n  {\n  }\n}")]
    [TestCase("{\n  \"mcpServers\": {\n    // none yet\n  }\n}")]
    [TestCase("{\n  \"mcpServers\": { // none yet\n  }\n}")]
    [TestCase("{\n  \"mcpServers\": { /* none yet */ }, // x\n}")]
    [TestCase("")]
    [TestCase(" \r\n\t")]
    [TestCase("// only this")]
    [TestCase("/* only this */\r\n")]
    public void Remove_WhatStoodEmpty_IsTheSameAgain(string before)
    {
        var after = EntryRig.Json.Put(before, EntryRig.Entry);

        Assert.That(EntryRig.Json.Remove(after, before), Is.EqualTo(before));
    }

    [Test]
    public void Remove_FromAFileThatWasNotThere_LeavesNothing() =>
        Assert.That(EntryRig.Json.Remove(EntryRig.Json.Put(string.Empty, EntryRig.Entry), before: null), Is.Empty);

    [Test]
    public void Remove_AfterAnotherProgramWrote_TakesOnlyOurs()
    {
        var after = EntryRig.Json.Put("""{"x":1}""", EntryRig.Entry);
        var changed = after.Replace("\"x\":1", "\"x\":2,\"new\":true").Replace("\"args\":[]}", "\"args\":[]},\"b\":{}");

        Assert.That(EntryRig.Json.Remove(changed, """{"x":1}"""), Is.EqualTo("""{"x":2,"new":true,"mcpServers":{"b":{}}}"""));
    }

    [TestCase("{\"mcpServers\":{\"polydev\":{\"command\":\"x\"},\"b\":1}}", "{\"mcpServers\":{\"b\":1}}")]
    [TestCase("{\"mcpServers\":{\"a\":1, // a\n \"polydev\":{\"command\":\"x\"}, \"b\":1}}", "{\"mcpServers\":{\"a\":1, // a\n  \"b\":1}}")]
    [TestCase("{\"mcpServers\":{\"a\":1 /* c */, \"polydev\":{\"command\":\"x\"} /* d */}}", "{\"mcpServers\":{\"a\":1 /* c */ /* d */}}")]
    public void Remove_WhereverItStands_KeepsTheRest(string with, string without) =>
        Assert.That(EntryRig.Json.Remove(with, before: null), Is.EqualTo(without));

    [Test]
    public void Put_OverAnOlderEntry_ChangesOnlyWhatIsOurs()
    {
        const string Old =
            """
            {
              "mcpServers": {
                "polydev": {
                  "disabled": false, // mine
                  "command" : "/old/polydev-mcp",
                  "env": { "POLYDEV_USER_TOKEN": "pd_secret" }
                },
                "b": {}
              }
            }
            """;

        var now = EntryRig.Json.Put(Old, EntryRig.Elsewhere);

        Assert.That(now, Is.EqualTo(
            """
            {
              "mcpServers": {
                "polydev": {
                  "disabled": false, // mine
                  "command" : "/opt/polydev-mcp",
                  "env": { "POLYDEV_USER_TOKEN": "pd_secret", "POLYDEV_BROKER_URL": "https://broker.example:5443" },
                  "args": ["a b", "c\"d"]
                },
                "b": {}
              }
            }
            """));
        Assert.That(EntryRig.Json.Put(now, EntryRig.Elsewhere), Is.EqualTo(now));
        Assert.That(EntryRig.Json.Put(now, EntryRig.Entry), Is.EqualTo(
            Old.Replace("/old", "/opt").Replace("pd_secret\" }", "pd_secret\" },\n      \"args\": []")));
    }

    [Test]
    public void Put_BackToTheDefaultBroker_TakesTheEnvOut()
    {
        var elsewhere = EntryRig.Json.Put("{}", EntryRig.Elsewhere with { Arguments = [] });

        Assert.That(EntryRig.Json.Put(elsewhere, EntryRig.Entry), Is.EqualTo(EntryRig.Json.Put("{}", EntryRig.Entry)));
    }

    [TestCase("[]", "outermost value is not an object")]
    [TestCase("{", "not JSON that can be read safely at line 1")]
    [TestCase("{\n'a': 1}", "not JSON that can be read safely at line 2")]
    [TestCase("{a: 1}", "not JSON that can be read safely")]
    [TestCase("{} {}", "not JSON that can be read safely")]
    [TestCase("""{"mcpServers": []}""", "its \"mcpServers\" is not an object")]
    [TestCase("""{"mcpServers": null}""", "its \"mcpServers\" is not an object")]
    [TestCase("""{"mcpServers": {}, "mcpServers": {}}""", "has \"mcpServers\" twice")]
    [TestCase("""{"mcpServers": {"polydev": {}, "polydev": {}}}""", "has \"polydev\" twice")]
    [TestCase("""{"mcpServers": {"polydev": "x"}}""", "its \"polydev\" is not an object")]
    [TestCase("""{"mcpServers": {"polydev": {"url": "x"}}}""", "is of another kind")]
    [TestCase("""{"mcpServers": {"polydev": {"command": "x", "command": "y"}}}""", "a name twice")]
    [TestCase("{ // a\r \"b\": 1 }", "old Mac kind")]
    public void Put_WhatCannotBeDoneSafely_IsRefused(string text, string reason) =>
        Assert.That(EntryRig.Json.Refusal(text), Does.Contain(reason));

    [Test]
    public void Put_DeeplyNested_IsRefusedNotOverflown() =>
        Assert.That(EntryRig.Json.Refusal(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))), Does.Contain("not JSON"));

    private static void Expect(string before, string after)
    {
        Assert.That(EntryRig.Json.Put(before, EntryRig.Entry), Is.EqualTo(after));
        Assert.That(EntryRig.Json.Put(after, EntryRig.Entry), Is.EqualTo(after), "the second time");
        Assert.That(EntryRig.Json.Remove(after, before), Is.EqualTo(before), "taken out again");
    }
}
