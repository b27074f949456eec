using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Polydev.Broker.Limits;

namespace Polydev.Broker.Tests.Limits;

/// <summary>The limits of docs/designs/0003, and what the configuration may make of them.</summary>
public sealed class LimitOptionsTests
{
    [Test]
    public void Read_NothingConfigured_IsWhatTheDesignSays()
    {
        var limits = LimitOptions.Read(Of());

        Assert.That((limits.CallsPerKey, limits.CallsPerAccount, limits.Calls), Is.EqualTo((128, 256, 2048)));
        Assert.That(limits.BodyBytes, Is.EqualTo(128 * 1024 * 1024));
        Assert.That(limits.CallTime, Is.EqualTo(TimeSpan.FromMinutes(30)));
    }

    [Test]
    public void Read_Configured_IsTaken()
    {
        Assert.That(LimitOptions.Read(Of(("CallsPerKey", "7"))).CallsPerKey, Is.EqualTo(7));
    }

    [Test]
    public void Read_WhatCannotBe_NamesEachOfThem()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => LimitOptions.Read(Of(("Calls", "0"), ("BodyBytes", "5"))))!;

        Assert.That(failure.Message, Does.Contain("Calls").And.Contain("BodyBytes"));
    }

    [Test]
    public void Read_NoNumber_NamesIt()
    {
        Assert.That(
            () => LimitOptions.Read(Of(("Calls", "many"))),
            Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("many"));
    }

    private static IConfiguration Of(params (string Name, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.ToDictionary(value => $"{LimitOptions.Section}:{value.Name}", value => (string?)value.Value))
        .Build();
}
