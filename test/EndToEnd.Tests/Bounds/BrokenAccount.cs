using System.Text.Json;
using Grpc.Net.Client;
using Polydev.Broker.Tests.Fuzz;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>An account whose tunnels break the protocol, some at a time, with a call to each.</summary>
internal sealed class BrokenAccount : IDisposable
{
    private readonly HttpClient _client;
    private readonly string _grpc;
    private readonly string _token;

    private BrokenAccount(Stack stack, string key, string token) =>
        (_client, _grpc, _token) = (stack.CreateClient(key), stack.BrokerAddress.Grpc, token);

    public static async Task<BrokenAccount> OpenAsync(Stack stack, string name)
    {
        var (key, token) = await stack.OpenAccountAsync(name);
        return new BrokenAccount(stack, key, token);
    }

    /// <summary>So many tunnels at once: each call ends once, and in the end no tunnel is left.</summary>
    public async Task RunAsync(int first, int count, int seed)
    {
        using var channel = GrpcChannel.ForAddress(_grpc);
        var tunnels = Enumerable.Range(first, count).Select(index => new BrokenTunnel(index, new Random(seed + index))).ToList();
        var running = tunnels.ConvertAll(tunnel => tunnel.RunAsync(channel, _token));
        await Task.WhenAll(tunnels.Select(tunnel => tunnel.Ready));
        await Task.WhenAll(tunnels.Select(tunnel => BrokenTunnelCall.AskAsync(_client, tunnel)));
        tunnels.ForEach(tunnel => tunnel.Dispose());
        await Task.WhenAll(running);
        await WhenNoneIsOnlineAsync();
    }

    public void Dispose() => _client.Dispose();

    private async Task WhenNoneIsOnlineAsync()
    {
        using var limit = new CancellationTokenSource(TaskTimeouts.Default);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await IsOnlineAsync())
        {
            await ticks.WaitForNextTickAsync(limit.Token);
        }
    }

    private async Task<bool> IsOnlineAsync()
    {
        using var status = JsonDocument.Parse(await _client.GetStringAsync("status"));
        return status.RootElement.GetProperty("online").GetBoolean();
    }
}
