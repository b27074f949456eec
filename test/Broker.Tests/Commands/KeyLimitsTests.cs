using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Commands;

public sealed class KeyLimitsTests
{
    private TemporaryDatabase _temporary = null!;

    [SetUp]
    public void SetUp() => _temporary = new TemporaryDatabase();

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [TestCase("--per-hour")]
    [TestCase("--per-day")]
    [TestCase("--per-month")]
    public async Task Create_WithALimitThatNothingKeeps_IsRefusedAndMakesNoKey(string option)
    {
        var run = await RunAsync("key", "create", "--name", "x", option, "5");

        Assert.Multiple(() =>
        {
            Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, string.Empty)));
            Assert.That(run.Error, Does.StartWith("error: This version does not limit calls yet").And.Contain(option));
        });
        Assert.That((await RunAsync("key", "list", "--json")).Output, Is.EqualTo("[]\n"));
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("many")]
    [TestCase("1.5")]
    [TestCase("99999999999")]
    public async Task Create_BadLimit_IsRefused(string limit)
    {
        var run = await RunAsync("key", "create", "--name", "x", "--per-day", limit);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("--per-day takes a whole number from 1."));
    }

    [Test]
    public async Task Create_TokenWithALimit_IsRefused()
    {
        var run = await RunAsync("token", "create", "--name", "x", "--per-day", "5");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("--per-day"));
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.RunAsync(_temporary.DataFolder, arguments);
}
