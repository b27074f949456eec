using System.Globalization;
using Polydev.Broker.Storage;

namespace Polydev.Broker.Tests.Storage;

public sealed class MigrationTests
{
    [Test]
    public void All_Embedded_AreNumberedFromOneWithoutAGap() => Assert.Multiple(() =>
    {
        Assert.That(Migrations.OfPostgres, Is.Not.Empty);
        Assert.That(
            Migrations.OfPostgres.Select(script => int.Parse(script.Name[..4], CultureInfo.InvariantCulture)),
            Is.EqualTo(Enumerable.Range(1, Migrations.OfPostgres.Count)));
        Assert.That(Migrations.OfPostgres[0].Name, Is.EqualTo("0001-accounts-and-credentials"));
    });

    [Test]
    public void OfBoth_LeaveOutWhatIsOnlyForPostgres() => Assert.That(
        Migrations.OfPostgres.Select(script => script.Name).Except(Migrations.OfBoth.Select(script => script.Name)),
        Is.EqualTo(new[] { "0004-admit" }));
}
