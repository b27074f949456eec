using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

public sealed class LoopbackHostTests
{
    [TestCase("localhost", true)]
    [TestCase("LocalHost.", true)]
    [TestCase("127.0.0.1", true)]
    [TestCase("127.8.9.10", true)]
    [TestCase("[::1]", true)]
    [TestCase("::1", true)]
    [TestCase("", false)]
    [TestCase("0.0.0.0", false)]
    [TestCase("10.0.0.1", false)]
    [TestCase("localhost.evil.example", false)]
    [TestCase("127.0.0.1.evil.example", false)]
    [TestCase("evil.localhost", false)]
    public void Is_AHost_TellsWhetherItIsThisMachine(string host, bool expected) =>
        Assert.That(LoopbackHost.Is(host), Is.EqualTo(expected));

    [TestCase("http://127.0.0.1:5080", false)]
    [TestCase("http://0.0.0.0:5080", true)]
    [TestCase("http://desk:5080", true)]
    [TestCase("https://desk:5080", false)]
    public void IsCleartextBeyond_AnAddress_TellsWhetherOthersReadAlong(string url, bool expected) =>
        Assert.That(LoopbackHost.IsCleartextBeyond(new Uri(url)), Is.EqualTo(expected));
}
