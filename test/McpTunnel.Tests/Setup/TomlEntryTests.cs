using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Tests.Setup;

internal sealed class TomlEntryTests
{
    private const string Table = "[mcp_servers.polydev]\ncommand = \"/opt/polydev-mcp\"";

    [TestCase("", Table + "\n")]
    [TestCase("model = \"o3\"", "model = \"o3\"\n" + Table)]
    [TestCase("model = \"o3\"\n", "model = \"o3\"\n\n" + Table + "\n")]
    [TestCase(
        "# é 😀\n[a]\nb = '''\n[mcp_servers.polydev]\n''' # c\n\n",
        "# é 😀\n[a]\nb = '''\n[mcp_servers.polydev]\n''' # c\n\n\n" + Table + "\n")]
    [TestCase("[mcp_servers.b]\ncommand = 'b'\n[[c]]\nd=1\n", "[mcp_servers.b]\ncommand = 'b'\n[[c]]\nd=1\n\n" + Table + "\n")]
    [TestCase("[mcp_servers]\nb.command = 'b'\n", "[mcp_servers]\nb.command = 'b'\n\n" + Table + "\n")]
    [TestCase("a = 1\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n\r\n[mcp_servers.polydev]\r\ncommand = \"/opt/polydev-mcp\"\r\n")]
    [TestCase("\n", "\n\n" + Table + "\n")]
    public void Put_AnyFile_AddsATableAtTheEnd(string before, string after)
    {
        Assert.That(EntryRig.Toml.Put(before, EntryRig.Entry), Is.EqualTo(after));
        Assert.That(EntryRig.Toml.Put(after, EntryRig.Entry), Is.EqualTo(after), "the second time");
        Assert.That(EntryRig.Toml.Remove(after, before), Is.EqualTo(before), "taken out again");
    }

    [Test]
    public void Put_WithArgumentsAndBroker_QuotesThem() => Assert.That(
        EntryRig.Toml.Put(string.Empty, EntryRig.Elsewhere with { Command = @"C:\a b\polydev-mcp.exe" }),
        Is.EqualTo(
            """
            [mcp_servers.polydev]
            command = "C:\\a b\\polydev-mcp.exe"
            args = ["a b", "c\"d"]
            env = { POLYDEV_BROKER_URL = "https://broker.example:5443" }

            """));

    // As Codex itself writes it (0.169.0), with a user's own lines.
    [TestCase(
        "[mcp_servers.polydev]\ncommand = \"/old\" # mine\nstartup_timeout_sec = 20\n\n[mcp_servers.polydev.env]\n"
        + "POLYDEV_USER_TOKEN = \"pd_x\"\n\n[z]\n",
        "[mcp_servers.polydev]\nargs = [\"a b\", \"c\\\"d\"]\ncommand = \"/opt/polydev-mcp\" # mine\nstartup_timeout_sec = 20\n\n"
        + "[mcp_servers.polydev.env]\nPOLYDEV_BROKER_URL = \"https://broker.example:5443\"\nPOLYDEV_USER_TOKEN = \"pd_x\"\n\n[z]\n")]
    [TestCase(
        "[mcp_servers.polydev]\ncommand = '/opt/polydev-mcp'\nargs = [\n  'x', # y\n]\nenv = {A = '1'}\n",
        "[mcp_servers.polydev]\ncommand = '/opt/polydev-mcp'\nargs = [\"a b\", \"c\\\"d\"]\n"
        + "env = { POLYDEV_BROKER_URL = \"https://broker.example:5443\",A = '1'}\n")]
    [TestCase(
        "mcp_servers.polydev.command = '/old'\nmcp_servers.polydev.args = []\nmcp_servers.polydev.env = {}\n",
        "mcp_servers.polydev.command = \"/opt/polydev-mcp\"\nmcp_servers.polydev.args = [\"a b\", \"c\\\"d\"]\n"
        + "mcp_servers.polydev.env = { POLYDEV_BROKER_URL = \"https://broker.example:5443\" }\n")]
    public void Put_OverAnOlderEntry_ChangesOnlyWhatIsOurs(string before, string after)
    {
        Assert.That(EntryRig.Toml.Put(before, EntryRig.Elsewhere), Is.EqualTo(after));
        Assert.That(EntryRig.Toml.Put(after, EntryRig.Elsewhere), Is.EqualTo(after));
    }

    [Test]
    public void Put_BackToTheDefaultBroker_TakesTheEnvOut()
    {
        var elsewhere = EntryRig.Toml.Put("a = 1\n", EntryRig.Elsewhere with { Arguments = [] });

        Assert.That(EntryRig.Toml.Put(elsewhere, EntryRig.Entry), Is.EqualTo(EntryRig.Toml.Put("a = 1\n", EntryRig.Entry)));
    }

    [TestCase("a = 1\n\n" + Table + "\n\n[projects.\"/x\"]\ntrust = true\n", "a = 1\n\n[projects.\"/x\"]\ntrust = true\n")]
    [TestCase("# about it\n" + Table + "\n# next\n[z]\n", "# about it\n# next\n[z]\n")]
    [TestCase(Table + "\n[a]\nb = 1\n[mcp_servers.polydev.tools.x]\napproval = 'auto'\n[c]\n", "[a]\nb = 1\n[c]\n")]
    [TestCase("mcp_servers.polydev.command = '''\na'''\nb = 1\n", "b = 1\n")]
    [TestCase(
        "[mcp_servers]\npolydev = { command = 'a', env = { B = 'c' } } # d\nb = { command = 'e' }\n",
        "[mcp_servers]\nb = { command = 'e' }\n")]
    [TestCase("a = 1\n", "a = 1\n")]
    public void Remove_WhereverItStands_KeepsTheRest(string with, string without) =>
        Assert.That(EntryRig.Toml.Remove(with, before: null), Is.EqualTo(without));

    [TestCase("a = ", "not TOML that can be read safely")]
    [TestCase("a = 1\na = 2", "not TOML that can be read safely")]
    [TestCase("mcp_servers = { b = { command = 'c' } }", "not TOML that can be read safely")]
    [TestCase("mcp_servers = 1", "not a table")]
    [TestCase("[[mcp_servers]]\na = 1", "not a table")]
    [TestCase("[mcp_servers.polydev]\nurl = 'https://x'", "of another kind")]
    [TestCase("[mcp_servers]\npolydev = { command = 'a' }\n", null)]
    public void Put_WhatCannotBeDoneSafely_IsRefused(string text, string? reason)
    {
        if (reason is null)
        {
            Assert.That(EntryRig.Toml.Put(text, EntryRig.Entry), Is.EqualTo(text.Replace("'a'", "\"/opt/polydev-mcp\"")));
            return;
        }

        Assert.That(EntryRig.Toml.Refusal(text), Does.Contain(reason));
    }

    [Test]
    public void Remove_FromAnInlineTableOfAll_IsRefused() => Assert.That(
        () => EntryRig.Toml.Remove("mcp_servers = { polydev = { command = 'a' }, b = { command = 'c' } }\n", before: null),
        Throws.TypeOf<UnsafeFileException>().With.Message.Contains("inline table"));
}
