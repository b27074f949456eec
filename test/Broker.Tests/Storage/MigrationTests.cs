using Polydev.Broker.Storage;

namespace Polydev.Broker.Tests.Storage;

public sealed class MigrationTests
{
    [Test]
    public void All_Embedded_AreNumberedFromOneWithoutAGap() => Assert.Multiple(() =>
    {
        Assert.That(Migration.All, Is.Not.Empty);
        Assert.That(Migration.All.Select(m => m.Version), Is.EqualTo(Enumerable.Range(1, Migration.All.Count)));
        Assert.That(Migration.All[0].Name, Is.EqualTo("accounts-and-credentials"));
    });
}
