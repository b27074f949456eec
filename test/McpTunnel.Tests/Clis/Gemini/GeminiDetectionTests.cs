using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiDetectionTests
{
    private static readonly GeminiLogin LoggedIn =
        new("gemini-api-key", new Dictionary<string, string> { ["GEMINI_API_KEY"] = "k" }, string.Empty);

    private readonly CliInfo _info = new();

    [TestCase("0.60.9")]
    [TestCase("")]
    public void Fill_VersionThatCannotBeLocked_IsRefused(string version) =>
        Assert.That(
            () => GeminiDetection.Fill(_info, Cli(version), LoggedIn, []),
            Throws.InstanceOf<CliFailureException>().With.Property("Kind").EqualTo(FailureKind.NoCli));

    [TestCase("0.61.0")]
    [TestCase("0.62.0-nightly.1")]
    public void Fill_VersionThatCanBeLocked_OffersItsModels(string version)
    {
        GeminiDetection.Fill(_info, Cli(version), LoggedIn, []);

        Assert.That((_info.Version, _info.Models.Count > 0), Is.EqualTo((version, true)));
    }

    [Test]
    public void Fill_NoKey_IsNotLoggedInAndOffersNoModel()
    {
        var failure = Assert.Throws<CliFailureException>(
            () => GeminiDetection.Fill(_info, Cli("0.61.0"), LoggedIn with { Environment = new Dictionary<string, string>() }, []))!;

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.NotLoggedIn));
        Assert.That(failure.Message, Does.Contain("GEMINI_API_KEY"));
        Assert.That(_info.Models, Is.Empty);
    }

    [Test]
    public void Fill_ReportedModels_ReplaceTheListedOnesWithoutAuto()
    {
        GeminiProtocol.Model[] reported = [new("auto", "Auto"), new("gemini-5", "Gemini 5")];

        GeminiDetection.Fill(_info, Cli("0.61.0"), LoggedIn, reported);

        Assert.That(
            _info.Models.Select(model => model.Id),
            Does.Contain("gemini-5").And.Contain("gemini-2.5-flash").And.No.Member("auto").And.No.Member("gemini-3.8-flash"));
        Assert.That(_info.Models.Single(model => model.Id == "gemini-5").DisplayName, Is.EqualTo("Gemini 5"));
    }

    private static GeminiCli Cli(string version) => new("node", "gemini.js", version);
}
