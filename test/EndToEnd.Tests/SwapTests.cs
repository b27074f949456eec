using System.Net;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>A CLI that becomes another one under a running tunnel: it serves after its self-test, or says why not.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
[Platform(Exclude = "Win")]
public sealed class SwapTests
{
    private const string Model = "claude-haiku-4-5-20251001";

    private readonly TemporaryFolder _programs = new();
    private Stack _stack = null!;

    private string Program => _programs.File("claude");

    [SetUp]
    public async Task SetUp()
    {
        File.CreateSymbolicLink(Program, TestClis.Claude);
        _stack = await Stack.StartBrokerOnlyAsync();
        _stack.WithoutClis();
        _stack.TunnelVariables["CLAUDE_CODE_PATH"] = Program;
        await _stack.StartTunnelAsync();
        Assert.That((await AskAsync()).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TearDown]
    public async Task TearDown()
    {
        await _stack.DisposeAsync();
        _programs.Dispose();
    }

    [TestCase(0, "2.1.197")]
    [TestCase(1, "2.1.332")]
    public async Task OtherVersion_ServesOnceItHasPassed(int which, string version)
    {
        Replace(link => File.CreateSymbolicLink(link, TestClis.OtherClaudes[which]));

        // The tunnel has not looked yet: the call itself finds the new program, and waits for its test or is told to come again.
        var before = _stack.Provider.Requests.Count;
        var (status, body) = await AskUntilTestedAsync();

        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), body);
        var agents = _stack.Provider.Requests.Skip(before).Where(request => request.Kind == ProviderRequestKind.Generate)
            .Select(request => request.Headers["User-Agent"]).ToList();
        Assert.That(agents, Has.Count.EqualTo(1).And.All.Contains(version));
        await StateAsync("ready");
    }

    [Test]
    public async Task OneThatOffersTools_NeverServes()
    {
        Replace(UnlockedClaude.Write);
        var before = _stack.Provider.Requests.Count;

        var (status, body) = await AskAsync();

        Assert.That((int)status, Is.AnyOf(502, 503), body);
        Assert.That(await StateAsync("unusable"), Does.Contain("self-test").And.Contain("not the caller's"));
        Assert.That((int)(await AskAsync()).Status, Is.AnyOf(404, 502, 503));
        Assert.That(_stack.Provider.Requests, Has.Count.EqualTo(before), "no caller's text has reached a model through it");
    }

    private void Replace(Action<string> write)
    {
        var next = _programs.File("next");
        write(next);
        File.Move(next, Program, overwrite: true);
    }

    // The hint of the state, once it is that one.
    private async Task<string> StateAsync(string state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            if (await _stack.ProviderAsync("claude") is [var now, var hint] && now == state)
            {
                return hint;
            }

            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    // A caller does as he is told: on a busy machine the test takes longer than a call waits for it.
    private async Task<(HttpStatusCode Status, string Body)> AskUntilTestedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (true)
        {
            var answer = await AskAsync();
            if (answer.Status != HttpStatusCode.ServiceUnavailable)
            {
                return answer;
            }

            Assert.That(answer.Body, Does.Contain("tested"));
            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    private async Task<(HttpStatusCode Status, string Body)> AskAsync()
    {
        _stack.Provider.Answer(ProviderScript.Say("Here."));
        using var client = _stack.CreateClient();
        var messages = new[] { new { role = "user", content = "Who is there?" } };
        using var response = await client.PostAsJsonAsync("chat/completions", new { model = Model, messages }).DefaultTimeout();
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

/// <summary>The real Claude Code, started by a script that takes its lock away.</summary>
[UnsupportedOSPlatform("windows")]
internal static class UnlockedClaude
{
    public static void Write(string path)
    {
        File.WriteAllText(
            path,
            $"""
            #!/bin/bash
            arguments=()
            while [ $# -gt 0 ]; do
                if [ "$1" = --tools ]; then shift 2; else arguments+=("$1"); shift; fi
            done
            exec '{TestClis.Claude}' "{"${arguments[@]}"}"

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
