using Polydev.Broker.Commands;

namespace Polydev.Broker.Tests.Commands;

[NonParallelizable]
public sealed class BrokerPathsTests
{
    private string? _before;

    [SetUp]
    public void SetUp() => _before = Environment.GetEnvironmentVariable(BrokerPaths.DataVariable);

    [TearDown]
    public void TearDown() => Environment.SetEnvironmentVariable(BrokerPaths.DataVariable, _before);

    [Test]
    public void DefaultData_VariableSet_IsThat()
    {
        Environment.SetEnvironmentVariable(BrokerPaths.DataVariable, "/some/where");

        Assert.That(BrokerPaths.DefaultData, Is.EqualTo("/some/where"));
    }

    [TestCase(null)]
    [TestCase("")]
    public void DefaultData_VariableNotSet_IsAnAbsoluteFolderOfOurOwn(string? value)
    {
        Environment.SetEnvironmentVariable(BrokerPaths.DataVariable, value);

        Assert.That(Path.IsPathFullyQualified(BrokerPaths.DefaultData), Is.True, BrokerPaths.DefaultData);
        Assert.That(Path.GetFileName(BrokerPaths.DefaultData), Is.EqualTo("polydev"));
    }
}
