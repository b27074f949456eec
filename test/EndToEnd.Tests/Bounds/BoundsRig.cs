using System.Net;
using System.Text;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// A broker process and a tunnel process without CLIs, whose echo answers another caller's stream throughout. What a test does beyond a
/// bound goes by the owner's first key, or by tunnels that the test plays.
/// </summary>
internal sealed class BoundsRig : IAsyncDisposable
{
    /// <summary>Of a process, at any time.</summary>
    public const double MostMegabytes = 300;

    private readonly HttpClient _client;
    private StreamBeside? _beside;

    private BoundsRig(Stack stack, string otherKey) => (Stack, OtherKey, _client) = (stack, otherKey, stack.CreateClient());

    public Stack Stack { get; }

    /// <summary>Of the caller who has the stream.</summary>
    public string OtherKey { get; }

    /// <param name="variables">The broker's.</param>
    /// <param name="tunnelVariables">The tunnel's.</param>
    /// <param name="isStreaming">The stream beside begins; else the test has its own, or none.</param>
    /// <param name="more">The broker's options.</param>
    public static async Task<BoundsRig> StartAsync(
        IReadOnlyDictionary<string, string>? variables = null,
        IReadOnlyDictionary<string, string>? tunnelVariables = null,
        bool isStreaming = true,
        params string[] more)
    {
        var stack = await Stack.StartBrokerOnlyAsync(variables ?? new Dictionary<string, string>(), TunnelBuild.Managed, more);
        try
        {
            stack.WithoutClis();
            foreach (var (name, value) in tunnelVariables ?? new Dictionary<string, string>())
            {
                stack.TunnelVariables[name] = value;
            }

            await stack.StartTunnelAsync();
            var rig = new BoundsRig(stack, await stack.CreateAsync("key"));
            rig._beside = isStreaming ? await StreamBeside.BeginAsync(stack, rig.OtherKey) : null;
            return rig;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>A tunnel of the owner's that the test plays, beside the real one.</summary>
    public async Task<FakeTunnel> ConnectAsync(Hello hello)
    {
        var tunnel = await FakeTunnel.ConnectAsync(Stack.BrokerAddress.Grpc, Stack.Token, hello);
        Assert.That(tunnel.First.Welcome, Is.Not.Null, $"{tunnel.First}");
        return tunnel;
    }

    /// <summary>A hello of the one CLI that these tests' callers name.</summary>
    public static Hello Hello(string tunnelId, params string[] features)
    {
        var hello = Frames.Hello(tunnelId, Frames.Cli("codex"));
        hello.Features.Add(features);
        return hello;
    }

    /// <summary>Status and body of an answer, or of as much of it as came.</summary>
    public async Task<(HttpStatusCode Status, string Body)> AskAsync(
        string path, string json, HttpClient? client = null, CancellationToken cancellationToken = default)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await (client ?? _client).PostAsync(path, content, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>
    /// Of the broker's memory, resident. At rest it has no reason to collect what calls and tunnels have left. Behind a body of 31 MB it
    /// does (<c>LargeGarbage</c>): one that is read and refused stands before the look, which so sees what is held.
    /// </summary>
    public async Task<double> HeldMegabytesAsync()
    {
        var (path, json) = Written.Body("openai-chat", text: 31_000_000, depth: 129);
        var (status, _) = await AskAsync(path, json);
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        return ProcessFigures.ResidentMegabytes(Stack.Broker.Id);
    }

    /// <summary>The other caller's stream goes on.</summary>
    public Task GoOnAsync() => _beside!.GoOnAsync();

    /// <summary>The other caller's stream comes to its end, whole, and neither process has ever taken more memory than it may.</summary>
    public async Task AssertUndisturbedAsync()
    {
        await AssertServedAsync();
        var broker = ProcessFigures.PeakMegabytes(Stack.Broker.Id);
        var tunnel = ProcessFigures.PeakMegabytes(Stack.Tunnel.Id);
        await TestContext.Out.WriteLineAsync($"Peaks: broker {broker:F0} MB, tunnel {tunnel:F0} MB.");
        Assert.Multiple(() =>
        {
            Assert.That(broker, Is.LessThan(MostMegabytes));
            Assert.That(tunnel, Is.LessThan(MostMegabytes));
        });
    }

    /// <summary>The other caller's stream comes to its end, whole, and the broker has logged no error.</summary>
    public async Task AssertServedAsync()
    {
        if (_beside is not null)
        {
            await _beside.GoOnAsync();
            await _beside.EndAsync();
        }

        Assert.That(BrokerLog.ErrorsOf(Stack.Broker), Is.Empty);
    }

    public async ValueTask DisposeAsync()
    {
        _beside?.Dispose();
        _client.Dispose();
        await Stack.DisposeAsync();
    }
}
