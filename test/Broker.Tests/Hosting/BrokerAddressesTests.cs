using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.Tests.Hosting;

public sealed class BrokerAddressesTests
{
    [TestCase("http://0.0.0.0:5001", "desk", "http://desk:5001")]
    [TestCase("http://[::]:5001", "desk", "http://desk:5001")]
    [TestCase("http://[::]:5001", "", "http://127.0.0.1:5001")]
    [TestCase("http://10.0.0.1:5001", "", "http://10.0.0.1:5001")]
    public void GrpcFor_AHost_IsReachable(string bound, string host, string expected)
    {
        using var server = new BoundServer(bound);

        Assert.That(new BrokerAddresses(server, publicUrl: null).GrpcFor(host), Is.EqualTo(expected));
    }

    private sealed class BoundServer : IServer
    {
        public BoundServer(string address)
        {
            var addresses = new ServerAddressesFeature();
            addresses.Addresses.Add(address);
            Features.Set<IServerAddressesFeature>(addresses);
        }

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
