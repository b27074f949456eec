using Polydev.EndToEnd.Tests.Stacks;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>What a broker process has printed that it never should: errors of its log, and what the runtime says of a crash.</summary>
internal static class BrokerLog
{
    // As the console logger begins a line of the levels Error and Critical; the stack of an exception stands in the same line.
    private static readonly string[] Marks = ["fail: ", "crit: ", "Unhandled exception"];

    public static IReadOnlyList<string> ErrorsOf(RunningProgram broker) =>
        [.. broker.Output.Split('\n').Where(line => Marks.Any(mark => line.Contains(mark, StringComparison.Ordinal)))];
}
