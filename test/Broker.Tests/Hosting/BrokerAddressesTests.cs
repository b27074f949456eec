using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.Tests.Hosting;

public sealed class BrokerAddressesTests
{
    [TestCase("http://0.0.0.0:5080", "http://0.0.0.0:5081", "desk:5080", "http://desk:5081")]
    [TestCase("http://[::]:5080", "http://[::]:5081", "desk", "http://desk:5081")]
    [TestCase("http://[::]:5080", "http://[::]:5081", "[fe80::1]:5080", "http://[fe80::1]:5081")]
    [TestCase("http://[::]:5080", "http://[::]:5081", "", "http://127.0.0.1:5081")]
    [TestCase("http://10.0.0.1:5080", "http://10.0.0.1:5081", "", "http://10.0.0.1:5081")]
    [TestCase("http://10.0.0.1:5080", "http://10.0.0.1:5081", "desk.lan:5080", "http://desk.lan:5081")]
    [TestCase("http://0.0.0.0:5080", "http://10.0.0.1:5081", "desk:5080", "http://10.0.0.1:5081")]
    [TestCase("http://127.0.0.1:5080", "http://127.0.0.1:5081", "localhost:5080", "http://127.0.0.1:5081")]
    [TestCase("https://0.0.0.0:5443", null, "broker.example:5443", "https://broker.example:5443")]
    [TestCase("https://0.0.0.0:443", null, "broker.example", "https://broker.example")]
    [TestCase("https://127.0.0.1:5443", null, "localhost:5443", "https://localhost:5443")]
    [TestCase("https://0.0.0.0:5443", null, "", "https://127.0.0.1:5443")]
    [TestCase("http://0.0.0.0:5080", "http://0.0.0.0:5081", "..:5080", "http://127.0.0.1:5081")]
    public void GrpcFor_AHost_IsReachableFromThere(string http, string? grpc, string asked, string expected)
    {
        using var server = new BoundServer(http, grpc);

        Assert.That(new BrokerAddresses(server, publicUrl: null).GrpcFor(new HostString(asked)), Is.EqualTo(expected));
    }

    [Test]
    public void EachFor_WithAPublicUrl_IsThat()
    {
        using var server = new BoundServer("http://127.0.0.1:5080", "http://127.0.0.1:5081");
        var addresses = new BrokerAddresses(server, new Uri("https://broker.example/"));

        Assert.Multiple(() =>
        {
            Assert.That(addresses.GrpcFor(new HostString("desk")), Is.EqualTo("https://broker.example"));
            Assert.That(addresses.ApiBaseFor(new HostString("desk")), Is.EqualTo("https://broker.example/api/v1"));
            Assert.That((addresses.Local, addresses.LocalGrpc), Is.EqualTo(("http://127.0.0.1:5080", "http://127.0.0.1:5081")));
        });
    }

    [TestCase("http://0.0.0.0:5080", "desk:5080", "http://desk:5080/api/v1")]
    [TestCase("http://127.0.0.1:5080", "localhost:5080", "http://127.0.0.1:5080/api/v1")]
    [TestCase("https://0.0.0.0:5443", "desk", "https://desk/api/v1")]
    public void ApiBaseFor_AHost_IsReachableFromThere(string http, string asked, string expected)
    {
        using var server = new BoundServer(http, http.StartsWith("https", StringComparison.Ordinal) ? null : "http://0.0.0.0:5081");

        Assert.That(new BrokerAddresses(server, publicUrl: null).ApiBaseFor(new HostString(asked)), Is.EqualTo(expected));
    }

    private sealed class BoundServer : IServer
    {
        public BoundServer(string http, string? grpc)
        {
            var addresses = new ServerAddressesFeature();
            addresses.Addresses.Add(http);
            if (grpc is not null)
            {
                addresses.Addresses.Add(grpc);
            }

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
