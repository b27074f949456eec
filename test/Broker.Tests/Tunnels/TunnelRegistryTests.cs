using Polydev.Broker.Tunnels;

namespace Polydev.Broker.Tests.Tunnels;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TunnelRegistryTests
{
    private readonly TunnelRegistry _registry = new();

    [Test]
    public void Add_SameTunnelAgain_ReplacesTheOlder()
    {
        var older = Session("owner", "t1");
        var newer = Session("owner", "t1");

        Assert.That(_registry.Add(older), Is.Null);
        Assert.That(_registry.Add(newer), Is.SameAs(older));
        Assert.That(_registry.Of("owner"), Is.EqualTo(new[] { newer }));
    }

    [Test]
    public void Remove_TheOlderAfterItsSuccessorCame_LeavesTheSuccessor()
    {
        var older = Session("owner", "t1");
        var newer = Session("owner", "t1");
        _registry.Add(older);
        _registry.Add(newer);

        _registry.Remove(older);

        Assert.That(_registry.Of("owner"), Is.EqualTo(new[] { newer }));
    }

    [Test]
    public void Of_AnotherAccount_SeesNothing()
    {
        _registry.Add(Session("owner", "t1"));

        Assert.That(_registry.Of("somebody"), Is.Empty);
    }

    private static TunnelSession Session(string account, string tunnelId) =>
        new(account, Frames.Hello(tunnelId), TimeSpan.FromSeconds(120), TimeProvider.System);
}
