using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Gemini;

public sealed class GeminiLoginTests
{
    private TemporaryFolder _home = null!;

    [SetUp]
    public void SetUp() => _home = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _home.Dispose();

    [TestCase("GEMINI_API_KEY", "k", "gemini-api-key", true)]
    [TestCase("GOOGLE_GENAI_USE_VERTEXAI", "true", "vertex-ai", false)]
    [TestCase("GOOGLE_GENAI_USE_GCA", "true", "oauth-personal", false)]
    [TestCase("UNRELATED", "x", null, false)]
    public void Read_NoSettings_DerivesTheMethodFromTheEnvironment(string name, string value, string? method, bool complete)
    {
        var login = Read((name, value));

        Assert.That((login.Method, login.IsComplete), Is.EqualTo((method, complete)));
    }

    [Test]
    public void Read_SettingsWithComments_ChooseTheMethod()
    {
        File.WriteAllText(
            _home.File(".gemini", "settings.json"), "{ // mine\n \"security\": { \"auth\": { \"selectedType\": \"vertex-ai\", }, }, }");

        var login = Read(("GEMINI_API_KEY", "k"), ("GOOGLE_CLOUD_PROJECT", "p"), ("GOOGLE_CLOUD_LOCATION", "l"));

        Assert.That((login.Method, login.IsComplete), Is.EqualTo(("vertex-ai", true)));
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("""{"security":7}""")]
    public void Read_BrokenSettings_LeaveItToTheEnvironment(string settings)
    {
        File.WriteAllText(_home.File(".gemini", "settings.json"), settings);

        Assert.That(Read(("GEMINI_API_KEY", "k")).Method, Is.EqualTo("gemini-api-key"));
    }

    [Test]
    public void Read_EnvFile_GivesTheKeyAndNothingElse()
    {
        File.WriteAllText(
            _home.File(".gemini", ".env"),
            "# mine\nexport GEMINI_API_KEY=\"from file\"\nGEMINI_SYSTEM_MD=/etc/hostname\nGEMINI_SANDBOX=docker\n"
            + "GOOGLE_CLOUD_PROJECT=p # note\n");

        var login = Read();

        Assert.That(
            login.Environment,
            Is.EquivalentTo(new Dictionary<string, string> { ["GEMINI_API_KEY"] = "from file", ["GOOGLE_CLOUD_PROJECT"] = "p" }));
    }

    [Test]
    public void Read_UsersOwnCliVariables_StayOut()
    {
        var login = Read(
            ("GEMINI_API_KEY", "k"),
            ("GEMINI_CLI_IDE_SERVER_PORT", "1"),
            ("GEMINI_MODEL", "auto"),
            ("GEMINI_CLI_CUSTOM_HEADERS", "x-mine:2"),
            ("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1"));

        // The header is ours: see BaseUrlTests.
        Assert.That(
            login.Environment,
            Is.EquivalentTo(new Dictionary<string, string>
            {
                ["GEMINI_API_KEY"] = "k",
                ["GOOGLE_GEMINI_BASE_URL"] = "http://127.0.0.1:1",
                ["GEMINI_CLI_CUSTOM_HEADERS"] = "x-polydev-hop:1",
            }));
    }

    [Test]
    public void Files_ApplicationCredentials_AreAmongThem()
    {
        File.WriteAllText(_home.File(".gemini", ".env"), "GOOGLE_APPLICATION_CREDENTIALS=/keys/mine.json\n");

        Assert.That(
            GeminiLogin.Files(Environment()),
            Has.Member("/keys/mine.json").And.Some.EndsWith("application_default_credentials.json"));
    }

    [Test]
    public void IsComplete_OAuth_NeedsTheCredentialsFile()
    {
        File.WriteAllText(_home.File(".gemini", "settings.json"), """{"security":{"auth":{"selectedType":"oauth-personal"}}}""");
        Assert.That(Read().IsComplete, Is.False);
        Assert.That(Read().Hint, Does.Contain("enterprise"));

        File.WriteAllText(_home.File(".gemini", "oauth_creds.json"), "{}");
        Assert.That(Read().IsComplete, Is.True);
    }

    [Test]
    public void Create_OAuth_LinksTheUsersCredentialsAndDisposeLeavesThem()
    {
        File.WriteAllText(_home.File(".gemini", "settings.json"), """{"security":{"auth":{"selectedType":"oauth-personal"}}}""");
        var credentials = _home.File(".gemini", "oauth_creds.json");
        File.WriteAllText(credentials, "{}");

        using (var home = GeminiHome.Create(Environment(), Read()))
        {
            File.WriteAllText(Path.Combine(home.Path, ".gemini", "oauth_creds.json"), """{"refreshed":true}""");
        }

        Assert.That(File.ReadAllText(credentials), Is.EqualTo("""{"refreshed":true}"""));
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(_home.FullName, "run")), Is.Empty);
    }

    private GeminiLogin Read(params (string Name, string Value)[] variables) => GeminiLogin.Read(Environment(variables));

    private CliEnvironment Environment(params (string Name, string Value)[] variables) => new()
    {
        Variables = variables.ToDictionary(variable => variable.Name, variable => variable.Value),
        Home = _home.FullName,
        RunRoot = Path.Combine(_home.FullName, "run"),
    };
}
