using System.Text.Json;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.JsonRpc;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis;

internal sealed class CallerToolsTests
{
    private readonly CallerTools _tools = CallerTools.Mounted(["get_weather"], string.Empty);

    [TestCase("get_weather", true)]
    [TestCase("GET_WEATHER", false)]
    [TestCase("Bash", false)]
    [TestCase("", false)]
    [TestCase(null, false)]
    public void Owns_Name_IsTheCallersOrNot(string? name, bool expected) => Assert.That(_tools.Owns(name), Is.EqualTo(expected));

    [TestCase("get_weather", "mcp__client__get_weather")]
    [TestCase("Bash", "mcp__client__Bash")]
    [TestCase("mcp__x__y", "mcp__client__mcp__x__y")]
    [TestCase("a.b", "mcp__client__a_b_2e7336dc")]
    public void Mounted_Name_IsKeptWhereTheVendorsTakeIt(string name, string expected)
    {
        var tools = CallerTools.Mounted([name], "mcp__client__");

        Assert.That(tools.WireNameOf(name), Is.EqualTo(expected));
        Assert.That((tools.NameOf(expected), tools.Owns(name)), Is.EqualTo((name, false)));
    }

    [Test]
    public void Mounted_NamesThatAreOddLongOrAlike_AreToldApartAndMappedBack()
    {
        string[] names = ["a.b", "a/b", "a b", "", "é😀", new('x', 51), new('x', 52), new('x', 256), $"{new string('x', 255)}y"];
        string[] taken = [.. names, CallerTools.Mounted(names, "mcp__client__").WireNameOf("a.b")["mcp__client__".Length..]];

        var tools = CallerTools.Mounted(taken, "mcp__client__");

        var wire = taken.Select(tools.WireNameOf).ToList();
        Assert.That(wire, Is.Unique.And.All.Match("^mcp__client__[A-Za-z0-9_-]+$").And.All.Length.LessThanOrEqualTo(64));
        Assert.That(wire.Select(tools.NameOf), Is.EqualTo(taken));
        Assert.That(tools.WireNameOf(taken[^1]), Is.EqualTo($"mcp__client__{taken[^1]}"), "who needs no other name keeps his");
        Assert.That(
            tools.WireNameOf("a/b"), Is.EqualTo(CallerTools.Mounted(["a/b"], "mcp__client__").WireNameOf("a/b")), "in every request alike");
    }

    [Test]
    public void Mounted_TwoOfOneName_IsTheCallersFault() => Assert.That(
        Assert.Throws<CliFailureException>(() => CallerTools.Mounted(["a", "a"], string.Empty))!.Kind,
        Is.EqualTo(FailureKind.InvalidRequest));

    [TestCase("gone", "gone")]
    [TestCase("gone.too", "gone_too_2b2c30ae")]
    public void WireNameOf_ToolThatIsNotMounted_IsWhatTheVendorsTake(string name, string expected)
    {
        Assert.That(_tools.WireNameOf(name), Is.EqualTo(expected));
        Assert.That((_tools.Has(name), _tools.Owns(expected)), Is.EqualTo((false, false)));
    }

    [Test]
    public void WireNameOf_ToolThatIsNotMountedBesideOthers_IsNoNameOfTheClis() => Assert.That(
        CallerTools.Mounted(["get_weather"], "mcp__client__").WireNameOf("Bash"), Is.EqualTo("mcp__client__Bash"));

    [TestCase("Bash", "(Bash)")]
    [TestCase("", "(a tool)")]
    [TestCase(null, "(a tool)")]
    public void ThrowUnlessOwned_Stranger_BreaksTheLockByItsName(string? name, string expected)
    {
        var failure = Assert.Throws<CliFailureException>(() => _tools.ThrowUnlessOwned(name, "a tool"))!;

        Assert.That((failure.Kind, failure.Message.Contains(expected)), Is.EqualTo((FailureKind.LockBroken, true)), failure.Message);
    }

    [Test]
    public void ThrowUnlessOwned_OwnTool_IsQuiet() => Assert.DoesNotThrow(() => _tools.ThrowUnlessOwned("get_weather", "a tool"));

    [TestCase("tool/call", "get_weather", false)]
    [TestCase("tool/call", "Bash", true)]
    [TestCase("fs/read_text_file", null, true)]
    public async Task ReplyAsync_RequestOfTheCli_EndsTheTurnUnlessItCallsAnOwnTool(string method, string? tool, bool ends)
    {
        using var requests = new CliRequests(_ => tool) { Tools = _tools };

        var replying = requests.ReplyAsync(new JsonRpcRequest(default, method, default(JsonElement)), CancellationToken.None);
        Assert.That(!ends && replying.IsCompleted, Is.False, "the caller's waits");
        requests.LetGo();
        var reply = await replying.DefaultTimeout();

        Assert.That(reply.ErrorMessage, Is.EqualTo($"{method} is not offered."));
        Assert.That((requests.Broken.IsCancellationRequested, requests.Incident is not null), Is.EqualTo((ends, ends)));
    }
}
