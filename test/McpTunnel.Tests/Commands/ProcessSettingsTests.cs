using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.McpTunnel.Commands;
using Polydev.McpTunnel.Work;

namespace Polydev.McpTunnel.Tests.Commands;

public sealed class ProcessSettingsTests
{
    [Test]
    public void From_NothingSet_TakesTheDefaults()
    {
        var settings = ProcessSettings.From(new Dictionary<string, string> { ["POLYDEV_STATE_DIR"] = "/state" });

        Assert.That(settings.Work, Is.EqualTo(new WorkOptions()));
        Assert.That(settings.Clis.Pool, Is.EqualTo(new CliSessionPoolOptions()));
        Assert.That(settings.Clis.RunRoot, Is.EqualTo(Path.Combine(settings.Paths.State, "run")));
        Assert.That(settings.Clis.SelfTests, Is.Not.Null, "without it a CLI would serve untested");
    }

    [Test]
    public void From_AllSet_TakesThem()
    {
        var settings = ProcessSettings.From(new Dictionary<string, string>
        {
            ["POLYDEV_STATE_DIR"] = "/state",
            ["POLYDEV_MAX_CONCURRENT"] = "3",
            ["POLYDEV_WARM_SESSIONS"] = "0",
            ["POLYDEV_WARM_IDLE_MINUTES"] = "2",
        });

        Assert.That(settings.Work.MaxConcurrent, Is.EqualTo(3));
        Assert.That(settings.Clis.Pool, Is.EqualTo(new CliSessionPoolOptions { Warm = 0, IdleTime = TimeSpan.FromMinutes(2) }));
    }

    [Test]
    public void From_SeveralThatMakeNoSense_NamesThemAll()
    {
        var variables = new Dictionary<string, string>
        {
            ["POLYDEV_STATE_DIR"] = "/state",
            ["POLYDEV_MAX_CONCURRENT"] = "0",
            ["POLYDEV_WARM_SESSIONS"] = "many",
        };

        Assert.That(
            () => ProcessSettings.From(variables),
            Throws.InvalidOperationException.With.Message.Contains("POLYDEV_MAX_CONCURRENT").And.Message.Contains("POLYDEV_WARM_SESSIONS"));
    }
}
