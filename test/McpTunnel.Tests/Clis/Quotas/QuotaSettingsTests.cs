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

    private static QuotaPolicy[] Policies(string? overage, string? reserve)
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
        return [settings.Of("claude"), settings.Of("codex"), settings.Of("gemini")];
    }
}
