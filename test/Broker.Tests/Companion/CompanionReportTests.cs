using Polydev.Broker.Companion;
using Polydev.Broker.SignIn;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Companion;

/// <summary>What a tunnel says of itself is printed, and a person copies the last lines into a shell.</summary>
public sealed class CompanionReportTests
{
    private const string Key = "pk-0123456789";
    private static readonly IssuedLink Link = new(new Uri("http://127.0.0.1:5080/sign-in/pl_x"), DateTimeOffset.UnixEpoch);

    [TestCase("claude-x\u001b[2J")]
    [TestCase("claude-x\nrm -rf ~")]
    [TestCase("claude-x\u202e")]
    [TestCase("claude-$(rm -rf ~)")]
    [TestCase("claude-x'; rm -rf ~ #")]
    [TestCase("claude-x\"}")]
    public void Of_AModelThatIsNoName_IsInNoCommand(string model)
    {
        var report = Of(new CliInfo { Provider = "claude", State = CliState.Ready, Models = { new ModelInfo { Id = model } } });

        Assert.Multiple(() =>
        {
            Assert.That(CurlOf(report), Does.Contain("\"model\":\"claude-opus-4-6\"").And.Not.Contain("rm"));
            Assert.That(report.Where(character => character is '\u001b' or '\u202e'), Is.Empty);
            Assert.That(report.Split('\n'), Has.None.StartsWith("rm"));
        });
    }

    [Test]
    public void Of_EndlessText_IsShortened()
    {
        var endless = new string('x', 100_000);

        var report = Of(
            new CliInfo { Provider = "claude", State = CliState.Ready, Version = endless, Models = { new ModelInfo { Id = endless } } },
            new CliInfo { Provider = "codex", State = CliState.Unusable, Hint = endless },
            new CliInfo { Provider = endless, State = CliState.Ready });

        Assert.That(report.Length, Is.LessThan(10_000));
        Assert.That(report.Split('\n').Count(line => line.Contains("curl ", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [TestCase("http://127.0.0.1:5080/api/v1", "curl http://127.0.0.1:5080/api/v1/chat/completions -H ")]
    [TestCase("https://h/$(id)&x/api/v1", "curl 'https://h/$(id)&x/api/v1/chat/completions' -H ")]
    [TestCase("https://h/a'b/api/v1", "curl 'https://h/a'\\''b/api/v1/chat/completions' -H ")]
    public void Of_TheBaseUrl_IsAWordOfTheShell(string apiBase, string expected)
    {
        var ready = new CliInfo { Provider = "echo", State = CliState.Ready, Models = { new ModelInfo { Id = "polydev-echo" } } };

        var curl = CurlOf(CompanionReport.Of([ready], apiBase, Key, Link));

        Assert.That(curl, Does.StartWith(expected).And.Contain($"'Authorization: Bearer {Key}'"));
    }

    [Test]
    public void Of_AnyCli_TellsTheSignInLinkBesideTheKey() =>
        Assert.That(Of().Split('\n'), Has.One.EqualTo("Sign in  http://127.0.0.1:5080/sign-in/pl_x"));

    private static string Of(params CliInfo[] clis) => CompanionReport.Of(clis, "http://127.0.0.1:5080/api/v1", Key, Link);

    private static string CurlOf(string report) =>
        report.Split('\n').Single(line => line.Contains("curl ", StringComparison.Ordinal)).Trim();
}
