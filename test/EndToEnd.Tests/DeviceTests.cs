using System.Net.Http.Json;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Requests;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>The vendor sees one machine, over calls and restarts of the tunnel: the user's own CLI's, or one made for ever.</summary>
public sealed class DeviceTests
{
    private static readonly string UsersDevice = new('c', 64);
    private const string UsersInstallation = "0f8fad5b-d9cb-469f-a165-70867728950e";

    [Test]
    public async Task TwoCallsOnEachCli_TunnelRestartedBetween_ShowTheVendorTheSameIds([Values] bool usersOwn)
    {
        await using var stack = await Stack.StartAsync(prepare: home => Prepare(home, usersOwn));
        await AskAllAsync(stack);

        await stack.Tunnel.TerminateAsync();
        await stack.Tunnel.ExitAsync();
        await stack.Tunnel.DisposeAsync();
        await stack.StartTunnelAsync();
        await stack.OnlineAsync();
        await AskAllAsync(stack);

        var calls = stack.Provider.Requests.Where(request => request.Kind == ProviderRequestKind.Generate).ToList();
        var devices = calls.Where(call => call.Dialect == ProviderDialect.Anthropic).Select(Device).ToList();
        var installations = calls.Where(call => call.Dialect == ProviderDialect.OpenAi).Select(Installation).ToList();
        var (device, installation) = usersOwn
            ? (UsersDevice, UsersInstallation)
            : (Kept(stack, "claude-user"), Kept(stack, "codex-installation"));
        Assert.Multiple(() =>
        {
            Assert.That(devices, Is.EqualTo(new[] { device, device }));
            Assert.That(installations, Is.EqualTo(new[] { installation, installation }));

            // With usage statistics off, which is a part of the lock, Gemini CLI tells the vendor no id at all.
            Assert.That(calls.Where(call => call.Dialect == ProviderDialect.Gemini).ToList(), Has.Count.EqualTo(2)
                .And.All.Matches<ProviderRequest>(call => !call.Headers.ContainsKey("x-gemini-api-privileged-user-id")));
        });
    }

    private static void Prepare(UserHome home, bool usersOwn)
    {
        if (usersOwn)
        {
            File.WriteAllText(Path.Combine(home.Path, ".claude", ".claude.json"), $$"""{"userID":"{{UsersDevice}}"}""");
            File.WriteAllText(Path.Combine(home.Path, ".codex", "installation_id"), UsersInstallation);
            File.WriteAllText(Path.Combine(home.Path, ".gemini", "installation_id"), UsersInstallation);
        }
    }

    private static async Task AskAllAsync(Stack stack)
    {
        using var client = stack.CreateClient();
        foreach (var model in SdkMatrixTests.Models)
        {
            var body = new { model, messages = new[] { new { role = "user", content = "hello" } } };
            using var response = await client.PostAsJsonAsync("chat/completions", body).DefaultTimeout();
            Assert.That(response.IsSuccessStatusCode, Is.True, await response.Content.ReadAsStringAsync());
        }
    }

    private static string Kept(Stack stack, string name) => File.ReadAllText(Path.Combine(stack.Home.StateFolder, "device", name));

    private static string Device(ProviderRequest request)
    {
        using var user = JsonDocument.Parse(request.Body.GetProperty("metadata").GetProperty("user_id").GetString()!);
        return user.RootElement.GetProperty("device_id").GetString()!;
    }

    private static string Installation(ProviderRequest request) =>
        request.Body.GetProperty("client_metadata").GetProperty("x-codex-installation-id").GetString()!;
}
