using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.Protos.V1;
using Polydev.TestKit;
using Tomlyn.Model;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

internal sealed class CodexLoginTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("""{"OPENAI_API_KEY":"sk-1"}""", CodexLoginKind.ApiKeyFile)]
    [TestCase("""{"auth_mode":"apikey","OPENAI_API_KEY":"sk-1","tokens":null}""", CodexLoginKind.ApiKeyFile)]
    [TestCase("""{"OPENAI_API_KEY":null,"tokens":{"access_token":"x"}}""", CodexLoginKind.ChatGpt)]
    [TestCase("""{"auth_mode":"chatgpt","OPENAI_API_KEY":"sk-1","tokens":{"access_token":"x"}}""", CodexLoginKind.ChatGpt)]
    [TestCase("{}", CodexLoginKind.None)]
    [TestCase("[]", CodexLoginKind.None)]
    public void Read_AuthFile_TellsTheLogin(string auth, CodexLoginKind expected) =>
        Assert.That(Read(string.Empty, auth).Kind, Is.EqualTo(expected));

    [Test]
    public void Read_ChatGptLogin_HasTheBuiltInProviderUnderAnotherName()
    {
        var carried = Read(string.Empty, """{"tokens":{}}""").Carried;

        var provider = (TomlTable)((TomlTable)carried["model_providers"])[(string)carried["model_provider"]];
        Assert.Multiple(() =>
        {
            Assert.That(provider["requires_openai_auth"], Is.True);
            Assert.That(provider["supports_websockets"], Is.False);
            Assert.That((provider["request_max_retries"], provider["stream_max_retries"]), Is.EqualTo((0L, 0L)));
            Assert.That(provider.ContainsKey("base_url"), Is.False, "Codex finds the backend of the account itself");
        });
    }

    [Test]
    public void Read_KeyringStore_IsLeftToCodex() =>
        Assert.That(Read("cli_auth_credentials_store='keyring'", """{"OPENAI_API_KEY":"sk-1"}""").Kind, Is.EqualTo(CodexLoginKind.Keyring));

    [Test]
    public void Read_EverythingElseOfTheUser_StaysBehind()
    {
        var config = Read(
            "notify=['x']\nmodel='m'\nchatgpt_base_url='u'\n[mcp_servers.a]\ncommand='x'\n[profiles.p]\nmodel='y'\n[hooks]\na=1", null);

        Assert.That(config.Carried.Keys, Is.EqualTo(new[] { "chatgpt_base_url" }));
        Assert.That(config.Model, Is.EqualTo("m"));
    }

    [Test]
    public void Read_OwnProvider_HasItsRetriesOff()
    {
        var config = Read(
            "model_provider='a'\n[model_providers.a]\nenv_key='A_KEY'\nrequest_max_retries=4\n[model_providers.b]\nenv_key='B_KEY'", null);

        var providers = (TomlTable)config.Carried["model_providers"];
        Assert.Multiple(() =>
        {
            Assert.That(providers.Keys, Is.EqualTo(new[] { "a" }));
            Assert.That(((TomlTable)providers["a"])["request_max_retries"], Is.Zero);
            Assert.That((config.Kind, config.MissingVariable), Is.EqualTo((CodexLoginKind.OwnProvider, "A_KEY")));
        });
    }

    [Test]
    public void Read_BrokenToml_FailsWithoutAPath()
    {
        var failure = Assert.Throws<CliFailureException>(() => Read("a =", null))!;

        Assert.That((failure.Kind, failure.Message.Contains(_folder.FullName)), Is.EqualTo((FailureKind.NotLoggedIn, false)));
    }

    private CodexLogin Read(string config, string? auth)
    {
        var home = Guid.NewGuid().ToString("N");
        File.WriteAllText(_folder.File(home, ".codex", "config.toml"), config);
        if (auth is not null)
        {
            File.WriteAllText(_folder.File(home, ".codex", "auth.json"), auth);
        }

        return CodexLogin.Read(
            new CliEnvironment
            {
                Variables = new Dictionary<string, string>(),
                Home = Path.Combine(_folder.FullName, home),
                RunRoot = _folder.FullName,
            });
    }
}
