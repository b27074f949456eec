using System.Text.RegularExpressions;

namespace Polydev.Architecture.Tests;

/// <summary>An EventId stands for one log line of the whole product: whoever filters or counts by it counts one thing.</summary>
public sealed partial class LogEventTests
{
    private static readonly string[] Products = ["Broker", "McpTunnel"];

    [Test]
    public void EventIds_All_AreUnique()
    {
        var events = Products.SelectMany(SourceTree.In)
            .SelectMany(file => EventId().Matches(file.Code).Select(match => (Id: match.Groups[1].Value, Where: file.Path)))
            .ToList();
        Assert.That(events, Has.Count.GreaterThan(20), "The rule would hold for hardly anything.");

        var twice = events.GroupBy(one => one.Id).Where(same => same.Count() > 1);

        Assert.That(twice.Select(same => $"{same.Key}: {string.Join(", ", same.Select(one => one.Where))}"), Is.Empty);
    }

    [Test]
    public void LogLines_All_HaveANameAndAnId() =>
        Assert.That(
            Products.SelectMany(SourceTree.In).Where(file => Lines().Count(file.Code) != NamedLines().Count(file.Code)),
            Is.Empty);

    [GeneratedRegex(@"\bEventId = (\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"\[LoggerMessage\(")]
    private static partial Regex Lines();

    [GeneratedRegex(@"\[LoggerMessage\(\s*EventId = \d+,\s*EventName = ""\w+""")]
    private static partial Regex NamedLines();
}
