using System.Net.Http.Json;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// Nobody gets a bill that he has not allowed: what the vendor tells the real CLI of its windows is shown, and calls are refused before
/// they are paid for. Claude's in Anthropic's dialect, Codex's in OpenAI's.
/// </summary>
[TestFixture("claude", "claude-haiku-4-5-20251001", "messages")]
[TestFixture("codex", "gpt-5.3-codex", "chat/completions")]
public sealed class QuotaTests(string provider, string model, string path)
{
    private readonly ProviderWindows _windows = new()
    {
        FiveHoursReset = InSeconds(TimeSpan.FromHours(2)),
        SevenDays = 40,
        SevenDaysReset = InSeconds(TimeSpan.FromDays(3)),
    };

    private Stack _stack = null!;
    private Browser _owner = null!;

    private string CliName => provider == "claude" ? "Claude Code" : "Codex CLI";

    private string Reset => $"{_windows.FiveHoursReset.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}";

    [OneTimeSetUp]
    public async Task OneTimeSetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync();
        _stack.Home.UseSubscriptions();
        _stack.WithoutClis(but: provider);
        await _stack.StartTunnelAsync();
        _owner = new Browser(new Uri(_stack.BrokerUrl));
        var link = new Uri((await _stack.Broker.LineWithAsync("Sign in ")).Split(' ')[^1]);
        await _owner.SubmitAsync(await _owner.GetAsync(link.PathAndQuery));
    }

    // What one test's vendor has told, the next one's tunnel does not know.
    [TearDown]
    public async Task TearDown() => await RestartAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown()
    {
        _owner.Dispose();
        await _stack.DisposeAsync();
    }

    [Test]
    public async Task Call_AfterAFullWindowAndOverage_IsRefusedUntilItIsAllowed()
    {
        // 1. All of a window is used: that is shown, and is the vendor's to refuse.
        await AskAsync(_windows with { FiveHours = 100 });
        await ExpectOnThePageAsync("100 %", $"{CliName} is used up until");
        var cli = await StatusAsync(seen => WindowOf(seen, "5 h").GetProperty("used_percent").GetDouble() == 100);
        Assert.Multiple(() =>
        {
            Assert.That(cli.GetProperty("login").GetString(), Is.EqualTo("subscription"));
            Assert.That(WindowOf(cli, "5 h").GetProperty("resets_at").GetDateTimeOffset(), Is.EqualTo(_windows.FiveHoursReset));
            Assert.That(WindowOf(cli, "7 d").GetProperty("used_percent").GetDouble(), Is.EqualTo(40));
            Assert.That(WindowOf(cli, "7 d").GetProperty("resets_at").GetDateTimeOffset(), Is.EqualTo(_windows.SevenDaysReset));
            Assert.That(cli.GetProperty("overage").GetProperty("state").GetString(), Is.EqualTo("off"));
            Assert.That(cli.GetProperty("refusal").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });

        // 2. The next answer is paid for: that is shown too.
        var overage = _windows with { FiveHours = 100, HasOverage = true, UsesOverage = true };
        await AskAsync(overage);

        // 3. The one after it is refused at once, and the vendor is not asked.
        await ExpectRefusedAsync(
            $"Rate limit exceeded: the 5 h window of {provider} is used to 100 %, and the vendor of {provider} counts calls as paid "
            + $"overage until the reset at {Reset}. The owner of the tunnel's machine has not allowed that; the dashboard, under Machines, "
            + $"or POLYDEV_ALLOW_OVERAGE={provider} there does.");
        await ExpectOnThePageAsync($"counts calls as paid overage until the reset at {Reset}");
        cli = await StatusAsync(seen => seen.GetProperty("overage").GetProperty("state").GetString() == "in_use");
        Assert.Multiple(() =>
        {
            Assert.That(cli.GetProperty("overage").GetProperty("allowed").GetBoolean(), Is.False);
            Assert.That(
                cli.GetProperty("overage").GetProperty("ends_at").GetDateTimeOffset(), Is.EqualTo(_windows.FiveHoursReset));
            Assert.That(cli.GetProperty("refusal").GetString(), Does.Contain(Reset));
        });

        // 4. Allowed, calls go on while the vendor counts them as paid.
        await RestartAsync("POLYDEV_ALLOW_OVERAGE", "claude,codex");
        await AskAsync(overage);
        await ExpectOnThePageAsync("Paid overage");
        cli = await StatusAsync(seen => seen.GetProperty("overage").GetProperty("state").GetString() == "in_use");
        Assert.That(cli.GetProperty("overage").GetProperty("allowed").GetBoolean(), Is.True);
        await AskAsync(overage);
    }

    [Test]
    public async Task Call_OverageSwitchedOnAndAFullWindow_IsRefusedBeforeItIsPaid()
    {
        await AskAsync(_windows with { FiveHours = 99, HasOverage = true });
        await AskAsync(_windows with { FiveHours = 100, HasOverage = true });

        await ExpectRefusedAsync(Reset);
    }

    [Test]
    public async Task Call_ReserveOf15_StopsAt85()
    {
        await RestartAsync("POLYDEV_RESERVE", $"{provider}=15");
        await AskAsync(_windows with { FiveHours = 84 });
        await AskAsync(_windows with { FiveHours = 85 });

        await ExpectRefusedAsync(
            $"Rate limit exceeded: the 5 h window of {provider} is used to 85 %, and the owner of the tunnel's machine keeps 15 % of it "
            + $"back. It is reset at {Reset}; the reserve is set by POLYDEV_RESERVE there.");
        var cli = await StatusAsync(seen => WindowOf(seen, "5 h").GetProperty("used_percent").GetDouble() == 85);
        Assert.That(cli.GetProperty("reserve_percent").GetInt32(), Is.EqualTo(15));
    }

    /// <summary>In the dashboard, for the tunnel that runs: no restart, and no variable on the machine.</summary>
    [Test]
    public async Task Call_AfterTheDashboardWasChanged_GoesByIt()
    {
        // 1. Calls are refused, because the next one would be paid for.
        await AskAsync(_windows with { FiveHours = 100 });
        var overage = _windows with { FiveHours = 100, HasOverage = true, UsesOverage = true };
        await AskAsync(overage);
        await ExpectRefusedAsync("the dashboard, under Machines");

        // 2. The owner allows it, and the next call goes through.
        await SetAsync(($"{provider}_allow_overage", "1"));
        var cli = await StatusAsync(seen => seen.GetProperty("overage").GetProperty("allowed").GetBoolean());
        Assert.That(cli.GetProperty("refusal").ValueKind, Is.EqualTo(JsonValueKind.Null));
        await AskAsync(overage);

        // 3. The window is reset. He allows it no longer, keeps a part of each window, and calls stop there.
        await AskAsync(_windows with { FiveHours = 1 });
        await SetAsync(($"{provider}_reserve_percent", "15"));
        cli = await StatusAsync(seen => seen.GetProperty("reserve_percent").GetInt32() == 15);
        Assert.That(cli.GetProperty("overage").GetProperty("allowed").GetBoolean(), Is.False);
        await AskAsync(_windows with { FiveHours = 84 });
        await AskAsync(_windows with { FiveHours = 85 });
        await ExpectRefusedAsync(
            $"the 5 h window of {provider} is used to 85 %, and the owner of the tunnel's machine keeps 15 % of it back. It is reset at "
            + $"{Reset}; the reserve is set by the dashboard, under Machines, or POLYDEV_RESERVE there.");

        // 4. Nothing is kept any more.
        await SetAsync(($"{provider}_reserve_percent", "0"));
        await StatusAsync(seen => seen.GetProperty("reserve_percent").GetInt32() == 0);
        await AskAsync(_windows with { FiveHours = 86 });
    }

    private static DateTimeOffset InSeconds(TimeSpan wait) =>
        DateTimeOffset.FromUnixTimeSeconds((TimeProvider.System.GetUtcNow() + wait).ToUnixTimeSeconds());

    private static JsonElement WindowOf(JsonElement cli, string label) => cli.GetProperty("windows").EnumerateArray()
        .FirstOrDefault(window => window.GetProperty("label").GetString() == label, JsonElement.Parse("""{"used_percent":-1}"""));

    // One call that is answered, with these windows beside the answer.
    private async Task AskAsync(ProviderWindows windows)
    {
        _stack.Provider.Answer(ProviderScript.Say("Hello.").WithWindows(windows));
        var (status, body, _) = await _stack.Calls.RunAsync(SendAsync);
        Assert.That(status, Is.EqualTo(200), body);
        Assert.That(body, Does.Contain("Hello."));
    }

    private async Task ExpectRefusedAsync(string message)
    {
        var asked = _stack.Provider.CallCount;
        var (status, body, headers) = await SendAsync();
        var now = TimeProvider.System.GetUtcNow();
        using var json = JsonDocument.Parse(body);
        var error = json.RootElement.GetProperty("error");
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(429), body);
            Assert.That(error.GetProperty("message").GetString(), Does.Contain(message));
            Assert.That(
                error.GetProperty(path == "messages" ? "type" : "code").GetString(),
                Is.EqualTo(path == "messages" ? "rate_limit_error" : "rate_limit_exceeded"));
            Assert.That(headers["x-should-retry"], Is.EqualTo("false"));
            Assert.That(
                int.Parse(headers["Retry-After"]),
                Is.InRange(1, 7200).And.GreaterThanOrEqualTo((_windows.FiveHoursReset - now).TotalSeconds));
            Assert.That(_stack.Provider.CallCount, Is.EqualTo(asked), "the vendor was asked");
        });
    }

    private async Task<(int Status, string Body, Dictionary<string, string> Headers)> SendAsync()
    {
        using var client = _stack.CreateClient();
        var body = new { model, max_tokens = 100, messages = new[] { new { role = "user", content = "Hello?" } } };
        using var response = await client.PostAsJsonAsync(path, body).DefaultTimeout();
        var headers = response.Headers.ToDictionary(header => header.Key, header => header.Value.First(), StringComparer.OrdinalIgnoreCase);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), headers);
    }

    // As the form of the machine's page sends it; what is not told is not ticked, or empty.
    private async Task SetAsync(params (string Name, string Value)[] fields)
    {
        var path = $"/machines/{_stack.Token["pd_".Length..][..12]}/usage";
        var saved = await _owner.FollowAsync(await _owner.SubmitAsync(await _owner.GetAsync(path), path, fields));
        Assert.That(saved.Text, Does.Contain("Saved. It holds there from the next call on."));
    }

    // The CLI in GET /status, once it is as expected.
    private async Task<JsonElement> StatusAsync(Func<JsonElement, bool> isExpected)
    {
        using var client = _stack.CreateClient();
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            var status = JsonElement.Parse(await client.GetStringAsync("status"));
            var cli = status.GetProperty("tunnels")[0].GetProperty("providers").EnumerateArray()
                .Single(cli => cli.GetProperty("provider").GetString() == provider);
            if (isExpected(cli))
            {
                return cli;
            }

            if (limit.IsCancellationRequested)
            {
                Assert.Fail($"The status does not come to what is expected: {cli}");
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    // What the vendor has told stands on the person's Overview.
    private Task ExpectOnThePageAsync(params string[] words) => PageWithAsync(words).Within(TimeSpan.FromSeconds(5));

    private async Task PageWithAsync(string[] words)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        string text;
        while (!words.All((text = (await _owner.GetAsync("/")).Text).Contains))
        {
            await TestContext.Out.WriteLineAsync(text);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task RestartAsync(string? variable = null, string value = "")
    {
        await _stack.StopTunnelAsync();
        _stack.TunnelVariables.Clear();
        if (variable is not null)
        {
            _stack.TunnelVariables[variable] = value;
        }

        await _stack.StartTunnelAsync();
    }
}
