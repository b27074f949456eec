using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>The page for whoever sets up a client: what it offers is what the account has, and what it says to paste works.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class ConnectTests
{
    private SignInBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await SignInBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Page_WithoutKeyOrMachine_SaysWhatIsMissing()
    {
        // The owner's machine is none of hers.
        await using var foreign = await _broker.Running.ConnectTunnelAsync();
        var ann = await _broker.SignedInAsync(await _broker.OpenAccountAsync("ann"));

        var page = await ann.GetAsync("/connect");

        Assert.That(page.Text, Does.Contain("Any OpenAI, Anthropic or Google client works. Change two lines."));
        Assert.That(page.Text, Does.Contain("No machine is online, so a call gets 503."));
        Assert.That(page.Text, Does.Contain("Ready now: 0 of 11").And.Contain("Create a key"));
        Assert.That(page.Html, Does.Not.Contain("id=\"key\""));
    }

    [Test]
    public async Task Page_MachineOnline_OffersWhatItAnswersFirst()
    {
        var hello = Frames.Hello("tunnel-1", Frames.Cli(Providers.Codex), Frames.Cli(Providers.Claude, "claude-next"));
        await using var tunnel = await _broker.Running.ConnectTunnelAsync(hello);
        var owner = await _broker.SignedInAsync();

        var page = await owner.GetAsync("/connect");

        Assert.That(page.Text, Does.Contain("Ready now: 8 of 12").And.Not.Contain("No machine is online"));
        var options = Option().Matches(page.Html).Select(match => match.Groups[1].Value).ToList();
        Assert.That(options[0], Is.EqualTo("claude-opus-4-6"));
        Assert.That(options.IndexOf("claude-next"), Is.EqualTo(7), "behind the product's own, before what nobody answers");
        Assert.That(options, Is.Unique.And.SupersetOf(KnownModels.ProviderOf.Keys));
    }

    [Test]
    public async Task Page_OnlyOtherClisReady_NamesOneThatAnswers()
    {
        await using var tunnel = await _broker.Running.ConnectTunnelAsync(Frames.Hello("tunnel-1", Frames.Cli(Providers.Echo)));
        var owner = await _broker.SignedInAsync();

        var page = await owner.GetAsync("/connect");

        Assert.That(Snippets(page), Has.None.Contains("claude-opus-4-6"));
        Assert.That(Snippets(page)[0], Does.Contain("model=\"polydev-echo\""));
    }

    [Test]
    public async Task KeyField_Never_IsSentByABrowser()
    {
        var page = await (await _broker.SignedInAsync()).GetAsync("/connect");

        var field = KeyField().Match(page.Html).Value;
        Assert.That(field, Does.Contain("autocomplete=\"off\"").And.Not.Contain(" name="));
        Assert.That(page.Html, Does.Not.Contain("<form"));
    }

    [Test]
    public async Task Cursor_BrokerOnLoopback_IsWarnedOf()
    {
        var page = await (await _broker.SignedInAsync()).GetAsync("/connect");

        Assert.That(page.Text, Does.Contain($"Cursor cannot reach {_broker.Site.Authority}.").And.Contain("--public-url"));
    }

    [Test]
    public async Task Cursor_BrokerWithAPublicAddress_IsToldThatItMustBeSo()
    {
        await _broker.StartAgainAsync(new Uri("https://broker.example"));
        var page = await (await _broker.SignedInAsync()).GetAsync("/connect");

        Assert.That(page.Text, Does.Contain("Cursor’s own servers make the call.").And.Not.Contain("Cursor cannot reach"));
        Assert.That(page.Text, Does.Contain("polydev-mcp login https://broker.example").And.Contain("polydev-mcp setup"));
        Assert.That(page.Text, Does.Contain("ANTHROPIC_BASE_URL= https://broker.example /api"));
    }

    [Test]
    public async Task Settings_InJson_AreJsonWithTheOwnValues()
    {
        var page = await (await _broker.SignedInAsync()).GetAsync("/connect");

        var files = Snippets(page).Where(text => text.StartsWith('{')).Select(text => JsonDocument.Parse(text).RootElement).ToList();
        Assert.That(files, Has.Count.EqualTo(2));
        var (older, zed) = (files[0].GetProperty("models")[0], files[1].GetProperty("language_models").GetProperty("openai_compatible"));
        var api = _broker.Running.Addresses.ApiBase;
        Assert.That(older.GetProperty("apiBase").GetString(), Is.EqualTo(api));
        Assert.That(zed.GetProperty("Polydev").GetProperty("api_url").GetString(), Is.EqualTo(api));
        Assert.That(zed.GetRawText(), Does.Not.Contain("pk-"));
        var able = zed.GetProperty("Polydev").GetProperty("available_models")[0].GetProperty("capabilities");
        Assert.That(able.GetProperty("images").GetBoolean(), Is.True);
    }

    /// <summary>Each as it is copied from the page, with the person's key and model in it as the script puts them there.</summary>
    [TestCase("OpenAI SDK", "claude-opus-4-6")]
    [TestCase("OpenAI SDK", "polydev-echo")]
    [TestCase("Anthropic SDK", "gpt-5.3-codex")]
    [TestCase("Google SDK", "gemini-2.5-pro")]
    [TestCase("Google SDK", "claude-opus-4-6")]
    public async Task Curl_AsThePageSaysIt_IsAnswered(string what, string model)
    {
        string[] all = [Providers.Claude, Providers.Codex, Providers.Gemini, Providers.Echo];
        await using var tunnel = await _broker.Running.ConnectTunnelAsync(
            Frames.Hello("tunnel-1", [.. all.Select(provider => Frames.Cli(provider))]));
        tunnel.Answer = item => Frames.Answer(item.WorkId, $"Hello from {item.Model}.");
        var page = await (await _broker.SignedInAsync()).GetAsync("/connect");
        var label = Regex.Escape($"curl, {what}");
        var snippet = Code(Regex.Match(page.Html, $"<pre[^>]*aria-label=\"{label}\"[^>]*>(.*?)</pre>", RegexOptions.Singleline));

        var answer = await RunAsync(
            snippet.Replace("pk-your-key-here", _broker.Running.Key, StringComparison.Ordinal)
                .Replace("claude-opus-4-6", model, StringComparison.Ordinal));

        using var json = JsonDocument.Parse(answer);
        var root = json.RootElement;
        var text = what switch
        {
            "OpenAI SDK" => root.GetProperty("choices")[0].GetProperty("message").GetProperty("content"),
            "Anthropic SDK" => root.GetProperty("content")[0].GetProperty("text"),
            _ => root.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts")[0].GetProperty("text"),
        };
        Assert.That(text.GetString(), Is.EqualTo($"Hello from {model}."));
    }

    private static List<string> Snippets(BrowserPage page) => [.. Pre().Matches(page.Html).Select(Code)];

    // As it is copied: text alone.
    private static string Code(Match pre)
    {
        Assert.That(pre.Success, Is.True);
        return WebUtility.HtmlDecode(Tag().Replace(pre.Groups[1].Value, string.Empty)).Trim();
    }

    private static async Task<string> RunAsync(string command)
    {
        var start = new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var shell = Process.Start(start)!;
        var (output, errors) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync().DefaultTimeout();
        Assert.That(shell.ExitCode, Is.Zero, await errors);
        return await output;
    }

    [GeneratedRegex("<option>([^<]*)</option>")]
    private static partial Regex Option();

    [GeneratedRegex("<input[^>]* id=\"key\"[^>]*>")]
    private static partial Regex KeyField();

    [GeneratedRegex("<pre[^>]*>(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex Pre();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();
}
