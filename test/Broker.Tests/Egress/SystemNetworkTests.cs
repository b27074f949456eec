using System.Net;
using System.Net.Sockets;
using Polydev.Broker.Egress;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Egress;

/// <summary>The network of the machine itself, as far as loopback shows it, and the guard before it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SystemNetworkTests
{
    private readonly SystemNetwork _network = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    [SetUp]
    public void SetUp() => _listener.Start();

    [TearDown]
    public void TearDown()
    {
        _listener.Dispose();
        _network.Dispose();
    }

    [TestCase("localhost")]
    [TestCase("127.0.0.1")]
    [TestCase("::ffff:127.0.0.1")]
    public void Open_ThisMachine_IsRefusedBeforeItIsDialled(string host)
    {
        Assert.That(
            Assert.ThrowsAsync<EgressException>(() => OpenAsync(host))!.Message, Does.Contain("is not a public address"));
        Assert.That(_listener.Pending(), Is.False);
    }

    [TestCase("no-such-host.invalid")]
    [TestCase("a..b")]
    public void Open_NameThatNobodyKnows_IsRefused(string host) =>
        Assert.That(Assert.ThrowsAsync<EgressException>(() => OpenAsync(host))!.Message, Does.Contain("is not known"));

    [Test]
    public async Task Dial_AnEndpoint_ConnectsToIt()
    {
        await using var stream = await _network.DialAsync(new IPEndPoint(IPAddress.Loopback, Port), default).DefaultTimeout();
        using var accepted = await _listener.AcceptTcpClientAsync().DefaultTimeout();

        await stream.WriteAsync(new byte[] { 7 });

        Assert.That(accepted.GetStream().ReadByte(), Is.EqualTo(7));
    }

    [Test]
    public void Dial_AnEndpointWithoutAServer_IsTheSocketsError()
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, Port);
        _listener.Stop();

        Assert.ThrowsAsync<SocketException>(() => _network.DialAsync(endpoint, default).DefaultTimeout());
    }

    private Task<Stream> OpenAsync(string host) =>
        GuardedConnection.OpenAsync(_network, new DnsEndPoint(host, Port), default).AsTask().DefaultTimeout();
}
