using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Commands;

public sealed class KeyLimitsTests
{
    private TemporaryDatabase _temporary = null!;

    [SetUp]
    public void SetUp() => _temporary = new TemporaryDatabase();

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [Test]
    public async Task Create_WithLimits_KeepsThem()
    {
        await RunAsync("key", "create", "--name", "x", "--per-hour", "5", "--per-month", "700");

        var listed = (await RunAsync("key", "list", "--json")).Json[0];
        Assert.Multiple(() =>
        {
            Assert.That(listed.GetProperty("per_hour").GetInt32(), Is.EqualTo(5));
            Assert.That(listed.TryGetProperty("per_day", out _), Is.False);
            Assert.That(listed.GetProperty("per_month").GetInt32(), Is.EqualTo(700));
        });
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
