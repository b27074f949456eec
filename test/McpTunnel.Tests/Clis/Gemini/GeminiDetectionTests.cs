using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiDetectionTests
{
    private static readonly GeminiLogin LoggedIn =
        new("gemini-api-key", new Dictionary<string, string> { ["GEMINI_API_KEY"] = "k" }, string.Empty);

    private readonly CliInfo _info = new();

    [Test]
    public void Fill_NoKey_IsNotLoggedInAndOffersNoModel()
    {
        var failure = Assert.Throws<CliFailureException>(
            () => GeminiDetection.Fill(_info, LoggedIn with { Environment = new Dictionary<string, string>() }, []))!;

        Assert.That(failure.Kind, Is.EqualTo(FailureKind.NotLoggedIn));
        Assert.That(failure.Message, Does.Contain("GEMINI_API_KEY"));
        Assert.That(_info.Models, Is.Empty);
    }

    [Test]
    public void Fill_ReportedModels_ReplaceTheListedOnesWithoutAuto()
    {
        GeminiProtocol.Model[] reported = [new("auto", "Auto"), new("gemini-5", "Gemini 5")];

        GeminiDetection.Fill(_info, LoggedIn, reported);

        Assert.That(
            _info.Models.Select(model => model.Id),
            Does.Contain("gemini-5").And.Contain("gemini-2.5-flash").And.No.Member("auto").And.No.Member("gemini-3.8-flash"));
        Assert.That(_info.Models.Single(model => model.Id == "gemini-5").DisplayName, Is.EqualTo("Gemini 5"));
    }
}
