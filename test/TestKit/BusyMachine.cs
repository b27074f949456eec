using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using NUnit.Framework;

namespace Polydev.TestKit;

/// <summary>
/// Time limits that are demands on the product, on machines that do other work too. A demand holds as it stands while every thread that
/// wants to run has a core; with three of them for each core it is three times as long, because each gets a third.
/// </summary>
public static class BusyMachine
{
    /// <summary>The most that is added to a demand: past this it is a hang, however busy the machine.</summary>
    private static readonly TimeSpan MostMore = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits for what the product is to do within the demand, and fails when it took longer than the machine explains.</summary>
    public static async Task<T> Within<T>(
        this Task<T> task, TimeSpan demand, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await Within((Task)task, demand, file, line);
        return await task;
    }

    /// <inheritdoc cref="Within{T}"/>
    public static async Task Within(
        this Task task, TimeSpan demand, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var wait = new Wait(demand);
        using var ticks = new PeriodicTimer(Interval);
        while (!task.IsCompleted && !wait.IsOver())
        {
            await Task.WhenAny(task, ticks.WaitForNextTickAsync().AsTask());
        }

        Assert.That(task.IsCompleted, Is.True, $"Nothing came {wait} at {Path.GetFileName(file)}:{line}.");
        await task;
    }

    /// <summary>One running wait.</summary>
    internal sealed class Wait(TimeSpan demand)
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private double _wanting;
        private int _samples;

        /// <summary>Takes a sample, and tells whether the time is up.</summary>
        public bool IsOver()
        {
            (_wanting, _samples) = (_wanting + Wanting(), _samples + 1);
            var more = demand * (Factor - 1);
            return Stopwatch.GetElapsedTime(_started) - demand > (more < MostMore ? more : MostMore);
        }

        private double Factor => _samples == 0 ? 1 : Math.Max(1, _wanting / _samples / Environment.ProcessorCount);

        public override string ToString() =>
            $"within {demand.TotalSeconds:0.#} s, times {Factor:0.0} for what else wants the machine's cores";

        // "0.20 0.18 0.12 1/80 11206": the fourth figure is what runs or waits for a core right now, ourselves among them.
        private static double Wanting() => OperatingSystem.IsLinux()
            ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[3].Split('/')[0], CultureInfo.InvariantCulture)
            : 0;
    }
}
