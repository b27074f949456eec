using System.Text.Json;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Commands;

[TestFixture("key", "pk-")]
[TestFixture("token", "pd_")]
public sealed class CredentialCommandTests(string noun, string prefix)
{
    private TemporaryDatabase _temporary = null!;

    private CredentialKind Kind => noun == "key" ? CredentialKind.ApiKey : CredentialKind.TunnelToken;

    [SetUp]
    public void SetUp() => _temporary = new TemporaryDatabase();

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [Test]
    public async Task Create_Json_IsOneLineWithASecretThatAuthenticates()
    {
        var json = (await RunAsync("create", "--name", "laptop", "--json")).Json;

        var secret = json.GetProperty(noun).GetString()!;
        Assert.That(secret, Does.StartWith(prefix));
        Assert.That(json.GetProperty("name").GetString(), Is.EqualTo("laptop"));
        Assert.That(json.GetProperty("account").GetString(), Is.EqualTo("owner"));
        Assert.That((await AuthenticateAsync(secret))?.Id, Is.EqualTo(json.GetProperty("id").GetString()));
    }

    [Test]
    public async Task Create_Plain_PrintsTheSecretAloneAndOnce()
    {
        var run = await RunAsync("create", "--name", "laptop");

        var secret = run.Output.TrimEnd('\n');
        Assert.That(run.Output, Is.EqualTo(secret + "\n"));
        Assert.That(run.Error, Does.Contain("'laptop'").And.Not.Contain(secret));
        Assert.That(await AuthenticateAsync(secret), Is.Not.Null);
        Assert.That((await RunAsync("list")).Output, Does.Contain("laptop").And.Not.Contain(secret));
        Assert.That((await RunAsync("list", "--json")).Output, Does.Contain("laptop").And.Not.Contain(secret));
    }

    [Test]
    public async Task Create_ForAnAccount_TakesItsIdOrItsName()
    {
        var id = (await AccountAsync("create", "--name", "ann", "--json")).Json.GetProperty("id").GetString()!;

        foreach (var account in new[] { id, "ann" })
        {
            var json = (await RunAsync("create", "--name", "laptop", "--account", account, "--json")).Json;
            Assert.That(json.GetProperty("account").GetString(), Is.EqualTo(id));
        }
    }

    [Test]
    public async Task Create_UnknownAccount_FailsAndMakesNothing()
    {
        var run = await RunAsync("create", "--name", "laptop", "--account", "nobody");

        AssertError(run, "There is no account 'nobody'.");
        Assert.That((await RunAsync("list", "--json")).Output, Is.EqualTo("[]\n"));
    }

    [TestCase("")]
    [TestCase("  ")]
    [TestCase("a\u001b[31mb")]
    [TestCase("two\nlines")]
    public async Task Create_BadName_IsRefused(string name)
    {
        var run = await RunAsync("create", "--name", name);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("--name takes"));
    }

    [Test]
    public async Task Create_NoName_IsRefused()
    {
        var run = await RunAsync("create");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("--name"));
    }

    [Test]
    public async Task List_Several_ShowsThoseOfTheAccountAsked()
    {
        await AccountAsync("create", "--name", "ann");
        await RunAsync("create", "--name", "first");
        await RunAsync("create", "--name", "second", "--account", "ann");

        var all = (await RunAsync("list", "--json")).Json.EnumerateArray().Select(Name);
        var anns = (await RunAsync("list", "--account", "ann", "--json")).Json.EnumerateArray().Select(Name);
        var table = (await RunAsync("list")).Output.Split('\n');

        Assert.That(all, Is.EquivalentTo(new[] { "first", "second" }));
        Assert.That(anns, Is.EqualTo(new[] { "second" }));
        var (seen, never) = noun == "token" ? (" +LAST SEEN", " +-") : ("", "");
        Assert.That(table[0], Does.Match($"^ID +NAME +ACCOUNT +CREATED +REVOKED{seen}$"));
        Assert.That(table, Has.One.Matches($@"^\w{{12}}  second  ann +\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\dZ  -{never}$"));
    }

    [Test]
    public async Task List_TheOtherKind_ShowsNothingOfThis()
    {
        await RunAsync("create", "--name", "mine");

        var other = await CommandRun.RunAsync(_temporary.DataFolder, noun == "key" ? "token" : "key", "list", "--json");

        Assert.That(other.Output, Is.EqualTo("[]\n"));
    }

    [Test]
    public async Task Revoke_ByIdOrName_EndsItAndSaysWhen([Values("id", "name")] string by)
    {
        var created = (await RunAsync("create", "--name", "laptop", "--json")).Json;

        var revoked = (await RunAsync("revoke", created.GetProperty(by).GetString()!, "--json")).Json;

        Assert.That(revoked.GetProperty("id").GetString(), Is.EqualTo(created.GetProperty("id").GetString()));
        Assert.That(
            revoked.GetProperty("revoked_at").GetDateTimeOffset(),
            Is.GreaterThanOrEqualTo(created.GetProperty("created_at").GetDateTimeOffset()));
        Assert.That(revoked.TryGetProperty(noun, out _), Is.False);
        Assert.That(await AuthenticateAsync(created.GetProperty(noun).GetString()!), Is.Null);
    }

    [Test]
    public async Task Rename_ByIdOrName_IsListedUnderTheNewName([Values("id", "name")] string by)
    {
        var created = (await RunAsync("create", "--name", "laptop", "--json")).Json;

        var run = await RunAsync("rename", created.GetProperty(by).GetString()!, "--name", "desk");

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(await AuthenticateAsync(created.GetProperty(noun).GetString()!), Is.Not.Null);
        Assert.That((await RunAsync("list", "--json")).Json[0].GetProperty("name").GetString(), Is.EqualTo("desk"));
    }

    [Test]
    public async Task Rename_ARevokedOne_FailsAndChangesNothing()
    {
        var created = (await RunAsync("create", "--name", "laptop", "--json")).Json;
        await RunAsync("revoke", "laptop");

        var run = await RunAsync("rename", created.GetProperty("id").GetString()!, "--name", "desk");

        AssertError(run, $"The {noun} 'laptop'");
        Assert.That((await RunAsync("list", "--json")).Json[0].GetProperty("name").GetString(), Is.EqualTo("laptop"));
    }

    [Test]
    public async Task Revoke_Again_SaysSoAndSucceeds()
    {
        var id = (await RunAsync("create", "--name", "laptop", "--json")).Json.GetProperty("id").GetString()!;

        var first = await RunAsync("revoke", id);
        var second = await RunAsync("revoke", id);

        Assert.That((first.ExitCode, first.Output), Is.EqualTo((0, $"Revoked {noun} 'laptop' (id {id}).\n")));
        Assert.That(second.ExitCode, Is.Zero);
        Assert.That(second.Output, Does.Match(@"was revoked at [-\d]+ [:\d]+Z already\.\n$"));
    }

    [Test]
    public async Task Revoke_NameOfSeveral_NamesTheirIdsAndRevokesNone()
    {
        var first = (await RunAsync("create", "--name", "laptop", "--json")).Json;
        await RunAsync("create", "--name", "laptop");

        var run = await RunAsync("revoke", "laptop");

        AssertError(run, $"Several {noun}s have the name 'laptop'.");
        Assert.That(run.Error, Does.Contain(first.GetProperty("id").GetString()));
        Assert.That(await AuthenticateAsync(first.GetProperty(noun).GetString()!), Is.Not.Null);
    }

    [Test]
    public async Task Revoke_NameThatARevokedOneHadToo_TakesTheGoodOne()
    {
        await RunAsync("create", "--name", "laptop");
        await RunAsync("revoke", "laptop");
        var second = (await RunAsync("create", "--name", "laptop", "--json")).Json;

        await RunAsync("revoke", "laptop");

        Assert.That(await AuthenticateAsync(second.GetProperty(noun).GetString()!), Is.Null);
    }

    [Test]
    public async Task Revoke_Unknown_Fails() => AssertError(await RunAsync("revoke", "nothing"), $"There is no {noun} with the id");

    [Test]
    public async Task Revoke_IdOfTheOtherKind_FailsAndRevokesNothing()
    {
        var other = noun == "key" ? "token" : "key";
        var created = (await CommandRun.RunAsync(_temporary.DataFolder, other, "create", "--name", "x", "--json")).Json;

        AssertError(await RunAsync("revoke", created.GetProperty("id").GetString()!), "There is no");

        var listed = (await CommandRun.RunAsync(_temporary.DataFolder, other, "list", "--json")).Json[0];
        Assert.That(listed.TryGetProperty("revoked_at", out _), Is.False);
    }

    [Test]
    public async Task Any_DataFolderCannotBeMade_SaysWhy()
    {
        var file = Path.Combine(_temporary.Root, "file");
        await File.WriteAllTextAsync(file, "");

        AssertError(await CommandRun.RunAsync(file, noun, "list"), $"The data folder '{file}' cannot be used");
    }

    private static string? Name(JsonElement one) => one.GetProperty("name").GetString();

    private static void AssertError(CommandRun run, string message) => Assert.Multiple(() =>
    {
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.StartWith($"error: {message}"));
    });

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.RunAsync(_temporary.DataFolder, [noun, .. arguments]);

    private Task<CommandRun> AccountAsync(params string[] arguments) =>
        CommandRun.RunAsync(_temporary.DataFolder, ["account", .. arguments]);

    private async Task<Credential?> AuthenticateAsync(string secret)
    {
        var (store, time) = (new CredentialStore(_temporary.Open()), TimeProvider.System);
        return await new CredentialAuthenticator(store, new CredentialCache(time), time).AuthenticateAsync(Kind, secret, default);
    }
}
