using Microsoft.Extensions.Options;
using Polydev.Broker.Tunnels;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>A registry with a clock of the test's, and sessions without a socket.</summary>
internal sealed class TunnelRig
{
    public TunnelRig(TunnelOptions? options = null)
    {
        Registry = new TunnelRegistry(Options.Create(options ?? new TunnelOptions { AwaitFirst = TimeSpan.Zero }), Time);
    }

    public TestClock Time { get; } = new();

    public TunnelRegistry Registry { get; }

    public TunnelSession Connect(string tunnelId = "tunnel-1", params CliInfo[] clis) => Connect(Frames.Hello(tunnelId, clis));

    public TunnelSession Connect(Hello hello, string account = "owner")
    {
        var session = new TunnelSession(Registry.Account(account), hello, Time) { TokenId = "token-1" };
        Assert.That(Registry.TryAdd(session), Is.True);
        return session;
    }

    /// <summary>As the service does when the connection has ended.</summary>
    public void Disconnect(TunnelSession session)
    {
        session.Close();
        Registry.Remove(session);
    }
}
