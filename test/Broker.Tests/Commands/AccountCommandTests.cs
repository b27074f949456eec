using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Commands;

public sealed class AccountCommandTests
{
    private TemporaryDatabase _temporary = null!;

    [SetUp]
    public void SetUp() => _temporary = new TemporaryDatabase();

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [Test]
    public async Task List_NewFolder_ShowsTheOwner()
    {
        var owner = (await RunAsync("list", "--json")).Json;

        Assert.That(owner.GetArrayLength(), Is.EqualTo(1));
        Assert.That(owner[0].GetProperty("id").GetString(), Is.EqualTo("owner"));
        Assert.That(owner[0].GetProperty("tier").GetString(), Is.EqualTo("unlimited"));
    }

    [TestCase(new string[0], "free")]
    [TestCase(new[] { "--tier", "premium" }, "premium")]
    [TestCase(new[] { "--tier", "unlimited" }, "unlimited")]
    public async Task Create_AnyTier_IsListed(string[] tier, string expected)
    {
        var created = (await RunAsync(["create", "--name", "ann", "--json", .. tier])).Json;

        Assert.That(created.GetProperty("tier").GetString(), Is.EqualTo(expected));
        var listed = (await RunAsync("list", "--json")).Json.EnumerateArray().Select(one => one.GetRawText());
        Assert.That(listed, Does.Contain(created.GetRawText()));
        Assert.That((await RunAsync("list")).Output.Split('\n'), Has.One.Matches($@"^{created.GetProperty("id")}  ann +{expected} +\d"));
    }

    [TestCase("ann")]
    [TestCase("owner")]
    public async Task Create_NameTaken_Fails(string name)
    {
        await RunAsync("create", "--name", "ann");

        var run = await RunAsync("create", "--name", name);

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((1, $"error: There is an account '{name}' already.\n")));
    }

    [Test]
    public async Task SetTier_ByIdOrName_ChangesIt([Values("id", "name")] string by)
    {
        var created = (await RunAsync("create", "--name", "ann", "--json")).Json;

        var run = await RunAsync("set-tier", created.GetProperty(by).GetString()!, "premium");

        Assert.That(run.ExitCode, Is.Zero);
        var listed = (await RunAsync("list", "--json")).Json.EnumerateArray().Single(one => one.GetProperty("name").GetString() == "ann");
        Assert.That(listed.GetProperty("tier").GetString(), Is.EqualTo("premium"));
    }

    [Test]
    public async Task SetTier_Unknown_Fails()
    {
        var run = await RunAsync("set-tier", "nobody", "premium");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((1, "error: There is no account 'nobody'. 'account list' shows them.\n")));
    }

    [TestCase("create", "--name", "ann", "--tier", "gold")]
    [TestCase("create", "--name", "ann", "--tier", "2")]
    [TestCase("set-tier", "owner", "gold")]
    public async Task Any_UnknownTier_NamesTheTiers(params string[] arguments)
    {
        var run = await RunAsync(arguments);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("free").And.Contain("premium").And.Contain("unlimited"));
    }

    [Test]
    public async Task Link_ABrokerHasServed_LeadsThere()
    {
        var before = (await RunAsync("link", "--json")).Json;
        Assert.That(before.GetProperty("url").GetString(), Does.StartWith("http://127.0.0.1:5080/sign-in/pl_"), "the default address");
        using (var database = _temporary.Open())
        {
            await new SignInLinkStore(database).TellSiteAsync(new Uri("https://broker.example"), default);
        }

        var run = await RunAsync("link", "--json");

        Assert.That(run.Json.GetProperty("url").GetString(), Does.StartWith("https://broker.example/sign-in/pl_"));
        var first = before.GetProperty("expires_at").GetDateTimeOffset();
        Assert.That(run.Json.GetProperty("expires_at").GetDateTimeOffset(), Is.GreaterThanOrEqualTo(first));
        var plain = await RunAsync("link", "--account", "owner");
        Assert.That(plain.Output, Does.Match("^https://broker.example/sign-in/pl_[0-9a-z]{51}\n$"));
    }

    [Test]
    public async Task Link_UnknownAccount_Fails()
    {
        var run = await RunAsync("link", "--account", "nobody");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, "")));
        Assert.That(run.Error, Does.Contain("There is no account 'nobody'."));
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.RunAsync(_temporary.DataFolder, ["account", .. arguments]);
}
