using Google.Protobuf;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>What a tunnel can do wrong before it is welcome.</summary>
internal static class BrokenTunnelGreetings
{
    public static (string Name, Func<BrokenTunnel, Task> Do)[] All { get; } =
    [
        ("says no hello", tunnel => Task.FromResult(tunnel.Open())),
        ("completes before its hello", tunnel => tunnel.Open().CompleteAsync()),
        ("begins with random bytes", tunnel => tunnel.Open().SendAsync(tunnel.Bytes(2000))),
        ("begins with an empty frame", tunnel => tunnel.Open().SendAsync([])),
        ("begins with an event", tunnel => tunnel.Open().SendAsync(Frames.Answer("w", "x").First())),
        ("speaks another protocol", tunnel => SayAsync(tunnel, hello => hello.Protocol = (uint)tunnel.Random.Next(2, 1000))),
        ("has an id without bound",
            tunnel => SayAsync(tunnel, hello => hello.TunnelId = new string('x', tunnel.Random.Next(201, 3_000_000)))),
        ("has names without bound",
            tunnel => SayAsync(tunnel, hello => hello.MachineName = hello.Version = new string('\u001b', 1_000_000))),
        ("has an empty hello", tunnel => tunnel.Open().SendAsync(new ClientFrame { Hello = new Hello() })),
        ("has a catalog without bound", tunnel => SayAsync(tunnel, hello => hello.Catalog = Huge(tunnel))),
        ("has an unknown token", tunnel => tunnel.Open(withToken: false).SendAsync(new ClientFrame { Hello = tunnel.Hello() })),
        ("says more than is read", tunnel => SayAsync(tunnel, hello => hello.Version = new string('x', 9_000_000))),
        ("goes while it says hello", CutAsync),
        ("goes at once", tunnel =>
        {
            tunnel.Open().Dispose();
            return Task.CompletedTask;
        }),
    ];

    public static Catalog Huge(BrokenTunnel tunnel)
    {
        var cli = Frames.Cli("codex", [.. Enumerable.Range(0, 4000).Select(index => $"{tunnel.Model}-{index}")]);
        cli.Models.Insert(0, new ModelInfo { Id = tunnel.Model, DisplayName = new string('\u202e', 10_000) });
        cli.Models.Insert(1, new ModelInfo { Id = new string('m', 100_000) });
        return new Catalog { Clis = { cli, Enumerable.Range(0, 300).Select(index => Frames.Cli($"cli-{index}\n{new string('c', 500)}")) } };
    }

    private static Task SayAsync(BrokenTunnel tunnel, Action<Hello> change)
    {
        var hello = tunnel.Hello();
        change(hello);
        return tunnel.Open().SendAsync(new ClientFrame { Hello = hello });
    }

    private static async Task CutAsync(BrokenTunnel tunnel)
    {
        var stream = tunnel.Open();
        var bytes = new ClientFrame { Hello = tunnel.Hello() }.ToByteArray();
        await stream.SendAsync(bytes[..tunnel.Random.Next(bytes.Length)]);
        stream.Dispose();
    }
}
