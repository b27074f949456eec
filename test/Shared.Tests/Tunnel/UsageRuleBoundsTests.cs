using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Shared.Tests.Tunnel;

public sealed class UsageRuleBoundsTests
{
    [Test]
    public void Fit_WhatMakesSense_IsKeptOfEachCliTheLast()
    {
        var rules = UsageRuleBounds.Fit(Told(
            new UsageRule { Provider = "claude", ReservePercent = 100 },
            new UsageRule { Provider = "codex", AllowOverage = true },
            new UsageRule { Provider = "claude", ReservePercent = 15 }));

        Assert.That(rules.Keys, Is.EquivalentTo(new[] { "claude", "codex" }));
        Assert.That(rules["claude"], Is.EqualTo(new UsageRule { Provider = "claude", ReservePercent = 15 }));
        Assert.That(rules["codex"].AllowOverage, Is.True);
    }

    [Test]
    public void Fit_WhatMakesNone_IsLeftOutOrCut()
    {
        var rules = UsageRuleBounds.Fit(Told(
            new UsageRule { AllowOverage = true },
            new UsageRule { Provider = new string('x', CatalogBounds.MaxNameChars + 1) },
            new UsageRule { Provider = "codex", ReservePercent = 101 }));

        Assert.That(rules.Values, Is.EqualTo(new[] { new UsageRule { Provider = "codex", ReservePercent = 100 } }));
    }

    [Test]
    public void Fit_RulesWithoutEnd_AreNotReadWithoutEnd()
    {
        var told = Told([.. Enumerable.Range(0, 10_000).Select(number => new UsageRule { Provider = $"cli {number}" })]);

        Assert.That(UsageRuleBounds.Fit(told), Has.Count.EqualTo(UsageRuleBounds.MaxRules));
    }

    private static UsageRules Told(params UsageRule[] rules) => new() { Rules = { rules } };
}
