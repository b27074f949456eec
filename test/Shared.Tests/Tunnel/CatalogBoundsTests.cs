using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

public sealed class CatalogBoundsTests
{
    private static readonly string Long = new('x', 300);

    [Test]
    public void Fit_OrdinaryCatalog_ChangesNothing()
    {
        var catalog = new Catalog { Clis = { Cli("claude", "opus", "sonnet"), Cli("codex") } };

        Assert.That(CatalogBounds.Fit(catalog.Clone()), Is.EqualTo(catalog));
    }

    [Test]
    public void Fit_LongNames_AreCutAndLongIdsLeftOut()
    {
        var cli = Cli(Long, Long, "good", "two\nlines", string.Empty);
        (cli.Version, cli.Hint) = (Long, new string('h', 2000));
        cli.Honours.Add([Long, "seed"]);
        cli.Models[1].DisplayName = Long;

        var fitted = CatalogBounds.Fit(new Catalog { Clis = { cli } }).Clis[0];

        Assert.That((fitted.Provider.Length, fitted.Version.Length, fitted.Hint.Length), Is.EqualTo((200, 200, 1000)));
        Assert.That(fitted.Models.Select(model => (model.Id, model.DisplayName.Length)), Is.EqualTo(new[] { ("good", 200) }));
        Assert.That(fitted.Honours, Is.EqualTo(new[] { "seed" }));
    }

    [Test]
    public void Fit_TooMany_KeepsTheFirst()
    {
        var models = Enumerable.Range(0, 1500).Select(index => $"m{index}").ToArray();
        var catalog = new Catalog { Clis = { Enumerable.Range(0, 150).Select(index => Cli($"cli-{index}", models)) } };

        var fitted = CatalogBounds.Fit(catalog);

        Assert.That(fitted.Clis, Has.Count.EqualTo(CatalogBounds.MaxClis));
        Assert.That(fitted.Clis.Select(cli => cli.Models.Count), Is.EqualTo(new[] { 1500, 500 }.Concat(Enumerable.Repeat(0, 98))));
    }

    [Test]
    public void Fit_Windows_AreFiguresAndMomentsThatOthersCanShow()
    {
        var cli = Cli("claude");
        cli.Windows.Add(Enumerable.Range(0, 30).Select(_ => new VendorWindow
        {
            Label = Long,
            UsedPercent = 1e9,
            ResetsAt = long.MaxValue,
            AsOf = -1,
        }));
        cli.Windows.Insert(0, new VendorWindow { Label = "no figure", UsedPercent = double.NaN });
        cli.Windows.Insert(0, new VendorWindow { UsedPercent = 1 });
        cli.Overage = new Overage { EndsAt = long.MaxValue, AsOf = long.MinValue };
        (cli.ReservePercent, cli.Refusal) = (uint.MaxValue, "two\nlines");

        var fitted = CatalogBounds.Fit(new Catalog { Clis = { cli } }).Clis[0];

        var last = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        Assert.Multiple(() =>
        {
            Assert.That(fitted.Windows, Has.Count.EqualTo(CatalogBounds.MaxWindows));
            Assert.That(
                fitted.Windows.Select(window => (window.Label.Length, window.UsedPercent, window.ResetsAt, window.AsOf)),
                Is.All.EqualTo((200, 1000.0, last, 0L)));
            Assert.That((fitted.Overage.EndsAt, fitted.Overage.AsOf), Is.EqualTo((last, 0L)));
            Assert.That((fitted.ReservePercent, fitted.Refusal), Is.EqualTo((100u, "two lines")));
            Assert.That(QuotaWords.MomentOf(last), Is.Not.Null);
        });
    }

    private static CliInfo Cli(string provider, params string[] models) => new()
    {
        Provider = provider,
        State = CliState.Ready,
        Models = { models.Select(id => new ModelInfo { Id = id }) },
    };
}
