using System.Net.Http.Json;
using System.Text;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// SIGKILL of the broker or of the tunnel under eight streams, again and again: each stream ends once, and the next call is answered. A
/// hundred rounds in all: what goes wrong here does so in one round of a few.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KillRoundsTests(TunnelBuild build)
{
    private const int Streams = 8;
    private const int Rounds = 10;

    // 20 MB of frames: far more than all buffers on the way hold, so that every stream stands in mid-answer.
    private static readonly string LongText = string.Concat(Enumerable.Repeat("ab ", 100_000));

    private Stack _stack = null!;

    public static IEnumerable<int> Batches => Enumerable.Range(1, 5);

    [SetUp]
    public async Task SetUp()
    {
        _stack = await Stack.StartBrokerOnlyAsync(build);
        _stack.WithoutClis();
        await _stack.StartTunnelAsync();
    }

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task BrokerOrTunnel_KilledUnderEightStreams_EndsEachOnceAndServesOn([ValueSource(nameof(Batches))] int batch)
    {
        for (var round = 1; round <= Rounds; round++)
        {
            using var client = _stack.CreateClient();
            var streams = await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => BeginAsync(client))).DefaultTimeout();
            if (round % 2 == 0)
            {
                await KillTunnelAsync(streams);
            }
            else
            {
                await KillBrokerAsync(streams);
            }

            using var next = _stack.CreateClient();
            var question = Body($"batch {batch}, round {round}", stream: false);
            var answer = await next.PostAsJsonAsync("chat/completions", question).DefaultTimeout();
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain($"batch {batch}, round {round}"));
        }
    }

    private async Task KillTunnelAsync(Stream[] streams)
    {
        _stack.Tunnel.Kill();

        var ends = await Task.WhenAll(streams.Select(ReadToEndAsync)).DefaultTimeout();
        Assert.That(ends.Select(end => end.Errors), Is.All.EqualTo(1), "each stream tells its failure, once");
        Assert.That(ends.Select(end => end.IsDone), Is.All.False);
        await _stack.Tunnel.DisposeAsync();
        await _stack.StartTunnelAsync();
    }

    private async Task KillBrokerAsync(Stream[] streams)
    {
        _stack.Broker.Kill();

        foreach (var stream in streams)
        {
            Assert.That(() => ReadToEndAsync(stream).DefaultTimeout(), Throws.InstanceOf<IOException>());
        }

        await _stack.Broker.DisposeAsync();
        await _stack.StartBrokerAsync(_stack.BrokerAddress);

        // The longer the start has taken, the longer the tunnel waits between its attempts: no call waits that long.
        await _stack.OnlineAsync();
    }

    private static object Body(string text, bool stream) =>
        new { model = KnownModels.Echo, stream, messages = new[] { new { role = "user", content = text } } };

    private static async Task<Stream> BeginAsync(HttpClient client)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = JsonContent.Create(Body(LongText, stream: true)),
        };
        var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[1000]);
        return stream;
    }

    private static async Task<(int Errors, bool IsDone)> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var (errors, isDone) = (0, false);
        while (await reader.ReadLineAsync() is { } line)
        {
            errors += line.StartsWith("data: {\"error\"", StringComparison.Ordinal) ? 1 : 0;
            isDone |= line == "data: [DONE]";
        }

        return (errors, isDone);
    }
}
