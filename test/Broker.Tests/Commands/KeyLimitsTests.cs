using Polydev.Broker.Tests.Storage;

namespace Polydev.Broker.Tests.Commands;

public sealed class KeyLimitsTests
{
    private TemporaryDatabase _temporary = null!;

    [SetUp]
    public void SetUp() => _temporary = new TemporaryDatabase();

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [TestCase("--per-hour", 10)]
    [TestCase("--per-day", 50)]
    [TestCase("--per-month", 500)]
    public async Task Create_OverTheTier_IsRefusedWithTheMaximumAndMakesNoKey(string option, int most)
    {
        await RunAsync("account", "create", "--name", "ann", "--tier", "free");

        var run = await RunAsync("key", "create", "--name", "x", "--account", "ann", option, $"{most + 1}");

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, string.Empty)));
        Assert.That(
            run.Error, Is.EqualTo($"error: {option} {most + 1} is over the {most} that the free tier of account 'ann' allows.\n"));
        Assert.That((await RunAsync("key", "list", "--json")).Output, Is.EqualTo("[]\n"));
    }

    [Test]
    public async Task Create_WithLimits_KeepsThem()
    {
        await RunAsync("key", "create", "--name", "x", "--per-hour", "5", "--per-day", "20", "--per-month", "2000000");

        var key = (await RunAsync("key", "list", "--json")).Json[0];

        Assert.That(
            new[] { "per_hour", "per_day", "per_month" }.Select(name => key.GetProperty(name).GetInt32()),
            Is.EqualTo(new[] { 5, 20, 2_000_000 }));
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
