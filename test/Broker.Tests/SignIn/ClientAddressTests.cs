using System.Net;
using Microsoft.AspNetCore.Http;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Tests.SignIn;

public sealed class ClientAddressTests
{
    [TestCase("203.0.113.7", "", true, "203.0.113.7")]
    [TestCase("203.0.113.7", "198.51.100.1", true, "203.0.113.7")]
    [TestCase("127.0.0.1", "198.51.100.1", true, "198.51.100.1")]
    [TestCase("127.0.0.1", "10.0.0.1, 198.51.100.1", true, "198.51.100.1")]
    [TestCase("::1", "2001:db8::1", true, "2001:db8::1")]
    [TestCase("127.0.0.1", "nonsense", true, "127.0.0.1")]
    [TestCase("127.0.0.1", "198.51.100.1", false, "127.0.0.1")]
    [TestCase("::ffff:203.0.113.7", "", false, "203.0.113.7")]
    public void Of_ARequest_IsTheProxysWordOnlyWhereThereIsOne(string direct, string forwarded, bool behindProxy, string expected)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(direct) } };
        context.Request.Headers["X-Forwarded-For"] = forwarded;

        Assert.That(Create(behindProxy).Of(context), Is.EqualTo(expected));
    }

    [TestCase("203.0.113.7", "", false, true)]
    [TestCase("127.0.0.1", "198.51.100.1", true, true)]
    [TestCase("127.0.0.1", "", true, false)]
    [TestCase("127.0.0.1", "198.51.100.1:4711", true, false)]
    [TestCase("10.0.0.2", "198.51.100.1", true, false)]
    public void IsSure_BehindAProxy_OnlyWhereItSaysWhoAsks(string direct, string forwarded, bool behindProxy, bool expected)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(direct) } };
        context.Request.Headers["X-Forwarded-For"] = forwarded;

        Assert.That(Create(behindProxy).IsSure(context), Is.EqualTo(expected));
    }

    [Test]
    public void NetworkOf_IPv6_IsTheSubscribers()
    {
        Assert.That(NetworkOf("2001:db8:1:2::1"), Is.EqualTo(NetworkOf("2001:db8:1:2:ffff::9")));
        Assert.That(NetworkOf("2001:db8:1:2::1"), Is.Not.EqualTo(NetworkOf("2001:db8:1:3::1")));
        Assert.That(NetworkOf("203.0.113.7"), Is.Not.EqualTo(NetworkOf("203.0.113.8")));

        static string NetworkOf(string address) => Create(false)
            .NetworkOf(new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } });
    }

    private static ClientAddress Create(bool behindProxy) => new(new SignInOptions { IsSecure = false, IsBehindProxy = behindProxy });
}
