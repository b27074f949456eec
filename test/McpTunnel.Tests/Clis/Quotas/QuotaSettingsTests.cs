using Polydev.McpTunnel.Clis.Quotas;

namespace Polydev.McpTunnel.Tests.Clis.Quotas;

public sealed class QuotaSettingsTests
{
    [Test]
    public void Read_NothingSet_AllowsNoOverageAndKeepsNothing() =>
        Assert.That(Policies(null, null), Is.All.EqualTo(new QuotaPolicy()));

    [TestCase("claude", new[] { true, false, false })]
    [TestCase(" Codex , claude,", new[] { true, true, false })]
    [TestCase("claude,codex,gemini", new[] { true, true, true })]
    [TestCase("None", new[] { false, false, false })]
    [TestCase(" ", new[] { false, false, false })]
    public void Read_Overage_IsOfTheNamedClis(string value, bool[] expected) =>
        Assert.That(Policies(value, null).Select(policy => policy.AllowsOverage), Is.EqualTo(expected));

    [TestCase("15", new[] { 15, 15, 15 })]
    [TestCase("claude=15, codex=100", new[] { 15, 100, 0 })]
    [TestCase("0", new[] { 0, 0, 0 })]
    public void Read_Reserve_IsOfAllOrOfTheNamedClis(string value, int[] expected) =>
        Assert.That(Policies(null, value).Select(policy => policy.ReservePercent), Is.EqualTo(expected));

    [TestCase("POLYDEV_ALLOW_OVERAGE", "claud")]
    [TestCase("POLYDEV_ALLOW_OVERAGE", "1")]
    [TestCase("POLYDEV_ALLOW_OVERAGE", "none,claude")]
    [TestCase("POLYDEV_RESERVE", "101")]
    [TestCase("POLYDEV_RESERVE", "-1")]
    [TestCase("POLYDEV_RESERVE", "15%")]
    [TestCase("POLYDEV_RESERVE", "cursor=15")]
    [TestCase("POLYDEV_RESERVE", "claude=")]
    [TestCase("POLYDEV_RESERVE", "claude=15,claude=20")]
    [TestCase("POLYDEV_RESERVE", "claude=15,20")]
    public void Read_WhatMakesNoSense_IsNamedOnce(string variable, string value)
    {
        var errors = new List<string>();

        QuotaSettings.Read(new Dictionary<string, string> { [variable] = value }, errors);

        Assert.That(errors.Single(), Does.StartWith(variable));
    }

    /// <summary>Overage that is named at all is decided of every CLI, a reserve of those that it names.</summary>
    [TestCase(null, null, new[] { true, true, true }, new[] { 20, 20, 20 })]
    [TestCase(" ", " ", new[] { true, true, true }, new[] { 20, 20, 20 })]
    [TestCase("codex", "claude=15", new[] { false, true, false }, new[] { 15, 20, 20 })]
    [TestCase("none", "0", new[] { false, false, false }, new[] { 0, 0, 0 })]
    public void Over_TheDashboard_WinsWhereItSaysSomething(string? overage, string? reserve, bool[] allows, int[] kept)
    {
        var policies = Policies(overage, reserve, new QuotaPolicy { AllowsOverage = true, ReservePercent = 20 });

        Assert.That(policies.Select(policy => policy.AllowsOverage), Is.EqualTo(allows));
        Assert.That(policies.Select(policy => policy.ReservePercent), Is.EqualTo(kept));
    }

    private static QuotaPolicy[] Policies(string? overage, string? reserve, QuotaPolicy? told = null)
    {
        var variables = new Dictionary<string, string>();
        if (overage is not null)
        {
            variables[QuotaSettings.OverageVariable] = overage;
        }

        if (reserve is not null)
        {
            variables[QuotaSettings.ReserveVariable] = reserve;
        }

        var errors = new List<string>();
        var settings = QuotaSettings.Read(variables, errors);
        Assert.That(errors, Is.Empty);
        return [.. new[] { "claude", "codex", "gemini" }.Select(cli => settings.Of(cli).Over(told ?? QuotaPolicy.Default))];
    }
}
