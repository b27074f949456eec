using Polydev.McpTunnel.Clis.Gemini;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiCatalogTests
{
    private static readonly GeminiLogin LoggedIn = new("gemini-api-key", new Dictionary<string, string> { ["GEMINI_API_KEY"] = "k" }, string.Empty);
    private readonly GeminiCatalog _catalog = new();

    [Test]
    public void Describe_NoCli_SaysHowToInstallIt()
    {
        var info = _catalog.Describe(null, () => LoggedIn);

        Assert.That((info.State, info.Hint), Is.EqualTo((CliState.NotInstalled, GeminiCli.InstallHint)));
    }

    [TestCase("0.60.9", CliState.Unusable)]
    [TestCase("", CliState.Unusable)]
    [TestCase("0.61.0", CliState.Ready)]
    [TestCase("0.62.0-nightly.1", CliState.Ready)]
    public void Describe_Version_MustBeOneThatCanBeLocked(string version, CliState state) =>
        Assert.That(_catalog.Describe(new GeminiCli("node", "gemini.js", version), () => LoggedIn).State, Is.EqualTo(state));

    [Test]
    public void Describe_NoKey_IsNotLoggedInAndOffersNoModel()
    {
        var info = _catalog.Describe(new GeminiCli("node", "gemini.js", "0.61.0"), () => LoggedIn with { Environment = new Dictionary<string, string>() });

        Assert.That(info.State, Is.EqualTo(CliState.NotLoggedIn));
        Assert.That(info.Hint, Does.Contain("GEMINI_API_KEY"));
        Assert.That(info.Models, Is.Empty);
    }

    [Test]
    public void Describe_ReportedModels_ReplaceTheListedOnesWithoutAuto()
    {
        _catalog.Report([new GeminiProtocol.Model("auto", "Auto"), new GeminiProtocol.Model("gemini-5", "Gemini 5")]);

        var models = _catalog.Describe(new GeminiCli("node", "gemini.js", "0.61.0"), () => LoggedIn).Models;

        Assert.That(models.Select(model => model.Id), Does.Contain("gemini-5").And.Contain("gemini-2.5-flash").And.No.Member("auto").And.No.Member("gemini-3.8-flash"));
        Assert.That(models.Single(model => model.Id == "gemini-5").DisplayName, Is.EqualTo("Gemini 5"));
    }
}
