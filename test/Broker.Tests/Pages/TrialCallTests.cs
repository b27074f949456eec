using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Audit;
using Polydev.Broker.Machines;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The call that a new key's page prints: it works as it stands there, or the page says what it wants.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class TrialCallTests
{
    private KeyRing _ring = null!;

    [SetUp]
    public async Task SetUp() => _ring = await KeyRing.StartAsync();

    [TearDown]
    public async Task TearDown() => await _ring.DisposeAsync();

    [Test]
    public async Task Call_NoMachine_SaysWhatIsMissing()
    {
        var page = await CreateAsync();

        Assert.That(page.Text, Does.Contain("No machine is online: until one is, this gets 503 “Tunnel offline”."));
        Assert.That(page.Text, Does.Contain("Bring a machine online").And.Contain("\"model\": \"polydev-echo\""));
        Assert.That((await SendAsync(page)).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task Call_NoCliReady_SaysSo()
    {
        var claude = Frames.Cli(Providers.Claude);
        claude.State = CliState.NotLoggedIn;
        await using var tunnel = await ConnectAsync(claude);

        var page = await CreateAsync();

        Assert.That(page.Text, Does.Contain("studio is online, but no CLI on it can answer."));
        Assert.That((await SendAsync(page)).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task Call_TheEchoAlone_IsAnsweredByIt()
    {
        await using var tunnel = await ConnectAsync(Frames.Cli(Providers.Echo, KnownModels.Echo));

        await AnswersAsync(tunnel, KnownModels.Echo);
    }

    [Test]
    public async Task Call_AModelThatIsOnline_IsAnsweredAsItIsPrinted()
    {
        await using var tunnel = await ConnectAsync(
            Frames.Cli(Providers.Echo, KnownModels.Echo), Frames.Cli(Providers.Codex, "x'; rm -rf ~; '", "gpt-5.3-codex"));

        await AnswersAsync(tunnel, "gpt-5.3-codex");
    }

    [Test]
    public async Task Call_TheAccountsMonthUsedUp_SaysSo()
    {
        await using var tunnel = await ConnectAsync(Frames.Cli(Providers.Claude, "claude-opus-4-6"));
        await _ring.CountAllAsync();

        var page = await CreateAsync();

        Assert.That(page.Text, Does.Contain("The account’s month is used up: until it resets, this gets 429."));
        Assert.That((await SendAsync(page)).Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(
            (await _ring.Browser.GetAsync("/keys")).Text, Does.Contain("The account’s month is used up until 1 December."));
    }

    private async Task AnswersAsync(FakeTunnel tunnel, string model)
    {
        tunnel.Answer = item => Frames.Answer(item.WorkId, "Hello to you.");

        var page = await CreateAsync();
        var answer = await SendAsync(page);

        Assert.That(page.Text, Does.Contain("studio is online, so this answers").And.Contain($"\"model\": \"{model}\""));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        Assert.That(answer.Body, Does.Contain("Hello to you."));
    }

    private async Task<FakeTunnel> ConnectAsync(params CliInfo[] clis)
    {
        var token = await _ring.Broker.Running.Services.GetRequiredService<MachineTokens>()
            .CreateAsync(_ring.Account, "studio", Actor.CommandLine(), CancellationToken.None);
        return await FakeTunnel.ConnectAsync(
            _ring.Broker.Running.Addresses.Grpc.ToString(), token.Secret.Reveal(), Frames.Hello("tunnel-1", clis));
    }

    private async Task<BrowserPage> CreateAsync()
    {
        var asked = await _ring.Browser.GetAsync("/keys/new");
        return await _ring.Browser.SubmitAsync(asked, asked.FormAction, ("name", "trial"));
    }

    // As a shell and curl read it: words, quotes, a backslash at the end of a line; -H and -d.
    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(BrowserPage page)
    {
        var command = WebUtility.HtmlDecode(Tag().Replace(Code().Match(page.Html).Groups[1].Value, "")).Replace("\\\n", " ");
        var words = Word().Matches(command).Select(match => match.Groups["in"].Success ? match.Groups["in"].Value : match.Value).ToArray();
        Assert.That(words, Has.Length.EqualTo(8), command);
        Assert.That((words[0], words[2], words[4], words[6]), Is.EqualTo(("curl", "-H", "-H", "-d")));
        using var request = new HttpRequestMessage(HttpMethod.Post, words[1]);
        request.Content = new StringContent(words[7], Encoding.UTF8);
        foreach (var header in new[] { words[3], words[5] })
        {
            var (name, value) = (header[..header.IndexOf(':')], header[(header.IndexOf(':') + 2)..]);
            if (name == "Content-Type")
            {
                request.Content.Headers.ContentType = new(value);
            }
            else
            {
                request.Headers.Add(name, value);
            }
        }

        using var http = new HttpClient();
        using var response = await http.SendAsync(request).DefaultTimeout();
        return (response.StatusCode, await response.Content.ReadAsStringAsync().DefaultTimeout());
    }

    [GeneratedRegex("<code>(curl .*?)</code>", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();

    [GeneratedRegex("""'(?<in>[^']*)'|"(?<in>[^"]*)"|\S+""")]
    private static partial Regex Word();
}
